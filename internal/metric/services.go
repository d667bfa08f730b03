package metric

// What the checker role tells.
const (
	QuorumUp     = "keepalived_virtual_server_quorum_up"
	VSWeight     = "keepalived_virtual_server_weight"
	VSServers    = "keepalived_virtual_server_real_servers"
	VSPool       = "keepalived_virtual_server_pool"
	VSSuspended  = "keepalived_virtual_server_suspended"
	VSTableHash  = "keepalived_virtual_server_table_hash"
	VSConfigHash = "keepalived_virtual_server_config_hash"
	RSUp         = "keepalived_real_server_up"
	RSWeight     = "keepalived_real_server_weight"
	CheckUp      = "keepalived_checker_up"
	CheckLastRun = "keepalived_checker_last_run_timestamp_seconds"
	CheckRuns    = "keepalived_checker_runs_total"
	CheckTime    = "keepalived_checker_duration_seconds"

	IPVSConnections = "keepalived_ipvs_connections_total"
	IPVSPacketsIn   = "keepalived_ipvs_incoming_packets_total"
	IPVSPacketsOut  = "keepalived_ipvs_outgoing_packets_total"
	IPVSBytesIn     = "keepalived_ipvs_incoming_bytes_total"
	IPVSBytesOut    = "keepalived_ipvs_outgoing_bytes_total"

	IPVSServerConnections = "keepalived_ipvs_real_server_connections_total"
	IPVSServerPacketsIn   = "keepalived_ipvs_real_server_incoming_packets_total"
	IPVSServerPacketsOut  = "keepalived_ipvs_real_server_outgoing_packets_total"
	IPVSServerBytesIn     = "keepalived_ipvs_real_server_incoming_bytes_total"
	IPVSServerBytesOut    = "keepalived_ipvs_real_server_outgoing_bytes_total"
	IPVSServerActive      = "keepalived_ipvs_real_server_active_connections"
	IPVSServerInactive    = "keepalived_ipvs_real_server_inactive_connections"
)

func ofServices() []Family {
	service := []string{"service"}
	server := []string{"service", "server"}
	check := []string{"service", "server", "check", "kind"}
	const who = "checker"
	return []Family{
		{QuorumUp, Gauge, "Whether the quorum is reached; missing before anything was said about it.", service, who},
		{VSWeight, Gauge, "Weight of the servers that are up (live), and what the quorum takes (quorum).",
			[]string{"service", "kind"}, who},
		{VSServers, Gauge, "Real servers, all of them (configured) and those that are up.",
			[]string{"service", "condition"}, who},
		{VSPool, Gauge, "Who serves: 0 the real servers, 1 the backup servers, 2 the sorry server.", service, who},
		{VSSuspended, Gauge, "Whether it is not checked because its address is not here (ha_suspend).", service, who},
		{VSTableHash, Gauge, "Hash of its table in the kernel, equal where new clients are sent to the same servers; " +
			"of those with mh or announce.", service, who},
		{VSConfigHash, Gauge, "Hash of the table that the configuration asks for while all its servers are up; " +
			"of those with mh or announce.", service, who},
		{RSUp, Gauge, "Whether all its checkers say yes.", server, who},
		{RSWeight, Gauge, "Weight, as configured and with what checkers say (effective).",
			[]string{"service", "server", "kind"}, who},
		{CheckUp, Gauge, "What the checker says; missing before its first result.", check, who},
		{CheckLastRun, Gauge, "When its last attempt was begun.", check, who},
		{CheckRuns, Counter, "Attempts by what they came to: success, failure, or not_made, which this host could not make.",
			append(check[:4:4], "result"), who},
		{CheckTime, Histogram, "How long attempts take, of all checkers of a kind.", []string{"kind"}, who},
		{IPVSConnections, Counter, "Connections to the virtual server since it is in the kernel's table.", service, who},
		{IPVSPacketsIn, Counter, "Packets from clients of the virtual server.", service, who},
		{IPVSPacketsOut, Counter, "Packets to clients of the virtual server; only NAT sees them.", service, who},
		{IPVSBytesIn, Counter, "Bytes from clients of the virtual server.", service, who},
		{IPVSBytesOut, Counter, "Bytes to clients of the virtual server; only NAT sees them.", service, who},
		{IPVSServerConnections, Counter, "Connections to the real server since it is in the kernel's table.", server, who},
		{IPVSServerPacketsIn, Counter, "Packets from clients of the real server.", server, who},
		{IPVSServerPacketsOut, Counter, "Packets to clients of the real server; only NAT sees them.", server, who},
		{IPVSServerBytesIn, Counter, "Bytes from clients of the real server.", server, who},
		{IPVSServerBytesOut, Counter, "Bytes to clients of the real server; only NAT sees them.", server, who},
		{IPVSServerActive, Gauge, "Active connections of the real server.", server, who},
		{IPVSServerInactive, Gauge, "Inactive connections of the real server.", server, who},
	}
}
