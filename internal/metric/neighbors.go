package metric

// What the checker role tells of routers that hear by BGP of what is announced.
const (
	BGPEstablished = "keepalived_bgp_session_established"
	BGPSince       = "keepalived_bgp_session_last_transition_timestamp_seconds"
	BGPPrefixes    = "keepalived_bgp_session_announced_prefixes"
	BGPLosses      = "keepalived_bgp_session_losses_total"
	BGPWay         = "keepalived_bgp_session_bfd_up"
)

func ofNeighbors() []Family {
	neighbor := []string{"neighbor"}
	return []Family{
		{BGPEstablished, Gauge, "Whether the session with the neighbor is established.", neighbor, "checker"},
		{BGPSince, Gauge, "When it was established, or lost.", neighbor, "checker"},
		{BGPPrefixes, Gauge, "Prefixes that the neighbor is told now.", neighbor, "checker"},
		{BGPLosses, Counter, "How often the session was lost.", neighbor, "checker"},
		{BGPWay, Gauge, "Whether the bfd_instance of the neighbor is up; missing without one.", neighbor, "checker"},
	}
}
