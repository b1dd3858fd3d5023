"""The Connections screen: the list of saved connections, the form, the test against Twilio, the import."""
