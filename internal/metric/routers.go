package metric

// What the vrrp role tells. The first ones have the names, labels and values of keepalived-exporter.
const (
	VRRPState         = "keepalived_vrrp_state"
	VRRPExcludedState = "keepalived_vrrp_excluded_state"
	ScriptStatus      = "keepalived_script_status"
	ScriptState       = "keepalived_script_state"
	GARPDelay         = "keepalived_gratuitous_arp_delay_total"

	VRRPPriority       = "keepalived_vrrp_priority"
	VRRPMasterPriority = "keepalived_vrrp_master_priority"
	VRRPTransition     = "keepalived_vrrp_last_transition_timestamp_seconds"
	VRRPTransitions    = "keepalived_vrrp_transitions_total"
	VRRPRefused        = "keepalived_vrrp_refused_packets_total"
	VRRPRefusedFrom    = "keepalived_vrrp_refused_packets_from_total"
	VRRPReasons        = "keepalived_vrrp_transition_reasons_total"
	VRRPLate           = "keepalived_vrrp_late_timers_total"
	VRRPTwoMasters     = "keepalived_vrrp_other_masters"
	VRRPSecondMaster   = "keepalived_vrrp_second_master_advertisements_total"
	VRRPFaults         = "keepalived_vrrp_faults"
	VRRPInterval       = "keepalived_vrrp_advertisement_interval_seconds"
	VRRPDown           = "keepalived_vrrp_master_down_interval_seconds"
	VRRPAddresses      = "keepalived_vrrp_addresses"
	VRRPAnnounced      = "keepalived_vrrp_announcements_sent_total"
	TrackUp            = "keepalived_track_up"
	TrackValue         = "keepalived_track_value"
	PortProblem        = "keepalived_vrrp_port_problem"
)

// Reasons are why packets of a virtual router are refused, in the words of the label.
const (
	RefusedLength    = "length"
	RefusedTTL       = "ttl"
	RefusedType      = "type"
	RefusedVersion   = "version"
	RefusedChecksum  = "checksum"
	RefusedInterval  = "interval"
	RefusedAddresses = "address_list"
	RefusedAuthType  = "authentication_type"
	RefusedMismatch  = "authentication_mismatch"
	RefusedAuth      = "authentication_failure"
	RefusedSource    = "unexpected_source"
	RefusedOwn       = "own_address"
	RefusedMissing   = "auth_ext_missing"
	RefusedMalformed = "auth_ext_malformed"
	RefusedKey       = "auth_ext_unknown_key"
	RefusedHMAC      = "auth_ext_invalid_hmac"
	RefusedStale     = "auth_ext_stale"
	RefusedReplay    = "auth_ext_replay"
)

// An Adopted is a counter of an instance that other exporters have too, under a name of their own.
type Adopted struct {
	Name  string // of keepalived-exporter
	Other string // of gen2brain's
	Help  string
}

// AdoptedCounters are those counters, in the order of keepalived's statistics.
func AdoptedCounters() []Adopted {
	return []Adopted{
		{"keepalived_advertisements_received_total", "keepalived_vrrp_advert_rcvd", "Adverts that counted."},
		{"keepalived_advertisements_sent_total", "keepalived_vrrp_advert_sent", "Adverts sent."},
		{"keepalived_become_master_total", "keepalived_vrrp_become_master", "Times it became master."},
		{"keepalived_release_master_total", "keepalived_vrrp_release_master", "Times it was master no longer."},
		{"keepalived_packet_length_errors_total", "keepalived_vrrp_packet_len_err", "Packets of a wrong length."},
		{"keepalived_advertisements_interval_errors_total", "keepalived_vrrp_advert_interval_err",
			"Adverts with another interval."},
		{"keepalived_ip_ttl_errors_total", "keepalived_vrrp_ip_ttl_err", "Packets with a wrong TTL."},
		{"keepalived_invalid_type_received_total", "keepalived_vrrp_invalid_type_rcvd", "Packets of another type."},
		{"keepalived_address_list_errors_total", "keepalived_vrrp_addr_list_err", "Adverts with other addresses."},
		{"keepalived_authentication_invalid_total", "keepalived_vrrp_invalid_authtype",
			"Adverts with an authentication that there is not."},
		{"keepalived_authentication_mismatch_total", "keepalived_vrrp_authtype_mismatch",
			"Adverts with another authentication."},
		{"keepalived_authentication_failure_total", "keepalived_vrrp_auth_failure", "Adverts with a wrong password."},
		{"keepalived_priority_zero_received_total", "keepalived_vrrp_pri_zero_rcvd", "Adverts of masters that stop."},
		{"keepalived_priority_zero_sent_total", "keepalived_vrrp_pri_zero_sent", "Adverts that say that it stops."},
	}
}

func ofRouters() []Family {
	instance := []string{"iname", "intf", "vrid"}
	address := append(instance[:3:3], "ip_address")
	with := func(label string) []string { return append(instance[:3:3], label) }
	name, object := []string{"name"}, []string{"kind", "name"}
	all := []Family{
		{VRRPState, Gauge, "State, a series for each address: 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT.", address, "vrrp"},
		{VRRPExcludedState, Gauge, "The same for addresses that are not in the adverts.", address, "vrrp"},
	}
	for _, c := range AdoptedCounters() {
		all = append(all, Family{c.Name, Counter, c.Help, instance, "vrrp"})
	}
	all = append(all, []Family{
		{GARPDelay, Counter, "The configured garp_master_delay in seconds; others gave it the name.", instance, "vrrp"},
		{ScriptStatus, Gauge, "What a tracked script says: 0 BAD, 1 GOOD; missing before the first result.", name, "vrrp"},
		{ScriptState, Gauge, "What a tracked script does: 0 idle, 1 running.", name, "vrrp"},
		{VRRPPriority, Gauge, "Priority, as configured (base) and with what it tracks (effective).", with("kind"), "vrrp"},
		{VRRPMasterPriority, Gauge, "Priority of the master last heard, its own when it is master.", instance, "vrrp"},
		{VRRPTransition, Gauge, "When it entered its state.", instance, "vrrp"},
		{VRRPTransitions, Counter, "Changes of state.", append(instance[:3:3], "from", "to"), "vrrp"},
		{VRRPRefused, Counter, "Packets that were refused, by the reason.", with("reason"), "vrrp"},
		{VRRPRefusedFrom, Counter, "The same by sender as well; other is those beyond the first 16.",
			append(instance[:3:3], "peer", "reason"), "vrrp"},
		{VRRPReasons, Counter, "Changes of state by why, as events have it; of what has happened.", with("reason"),
			"vrrp"},
		{VRRPLate, Counter, "Timers met later than a tenth of the advert interval.", instance, "vrrp"},
		{VRRPTwoMasters, Gauge, "Masters heard just now beside it, or beside its master.", instance, "vrrp"},
		{VRRPSecondMaster, Counter, "Adverts of a second master.", instance, "vrrp"},
		{VRRPFaults, Gauge, "Reasons why it cannot take part.", instance, "vrrp"},
		{VRRPInterval, Gauge, "Between its adverts.", instance, "vrrp"},
		{VRRPDown, Gauge, "Without an advert, after which a backup takes over.", instance, "vrrp"},
		{VRRPAddresses, Gauge, "Its addresses: wanted now, of those missing, and present although not wanted (stray).",
			with("condition"), "vrrp"},
		{VRRPAnnounced, Counter, "Gratuitous ARP and unsolicited neighbour advertisements sent.", []string{"family"}, "vrrp"},
		{TrackUp, Gauge, "Whether a tracked object is up; missing before its first result.", object, "vrrp"},
		{TrackValue, Gauge, "The number in a tracked file.", name, "vrrp"},
		{PortProblem, Gauge, "Whether adverts cannot be sent and received on the interface.",
			[]string{"intf", "family"}, "vrrp"},
	}...)
	return all
}
