package metric

func ofSessions() []Family { return nil }
