package metric

// What the bfd role tells.
const (
	BFDState     = "keepalived_bfd_session_state"
	BFDSince     = "keepalived_bfd_session_last_transition_timestamp_seconds"
	BFDSent      = "keepalived_bfd_packets_sent_total"
	BFDReceived  = "keepalived_bfd_packets_received_total"
	BFDRefused   = "keepalived_bfd_packets_refused_total"
	BFDDetection = "keepalived_bfd_detection_seconds"
)

func ofSessions() []Family {
	session := []string{"name", "neighbor"}
	return []Family{
		{BFDState, Gauge, "State of the session: 0 AdminDown, 1 Down, 2 Init, 3 Up.", session, "bfd"},
		{BFDSince, Gauge, "When it entered its state.", session, "bfd"},
		{BFDSent, Counter, "Packets sent.", session, "bfd"},
		{BFDReceived, Counter, "Packets that counted.", session, "bfd"},
		{BFDRefused, Counter, "Packets refused.", session, "bfd"},
		{BFDDetection, Gauge, "Without a packet, after which the neighbour is taken for dead.", session, "bfd"},
	}
}
