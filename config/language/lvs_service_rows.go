package language

import (
	"time"

	"holdfast/config"
)

// maxSeconds is the longest time a duration holds, in microseconds.
const maxSeconds = maxMicros

// serviceRows are the keywords of virtual_server.
func serviceRows() []Keyword {
	return []Keyword{
		// From one microsecond on, in microseconds like all ranges of decimal seconds.
		row("delay_loop",
			secondsPtr(func(d *serviceDraft) **time.Duration { return &d.checks.DelayLoop }, 1, maxSeconds),
			"60", "time between checks"),
		row("lb_algo", scheduler(), "wlc", "how connections are spread"),
		// lvs_sched and lb_algo are one setting, as are lvs_method and lb_kind: a draft marks
		// either under the first name (key).
		row("lvs_sched", scheduler(), "wlc", "another name of lb_algo", alias("lb_algo")),
		// NAT is the zero value, so it holds where nothing is said.
		row("lb_kind",
			method("virtual", func(d *serviceDraft) (*config.Method, *config.Tunnel) { return &d.Method, &d.Tunnel }),
			"NAT", "how packets reach the real servers"),
		row("lvs_method",
			method("virtual", func(d *serviceDraft) (*config.Method, *config.Tunnel) { return &d.Method, &d.Tunnel }),
			"NAT", "another name of lb_kind", alias("lb_kind")),
		// What holds without the word depends on whether addresses or marks are served, so it is
		// chosen at the end (completeProtocol).
		row("protocol", protocol(), "UDP", "transport; any case"),
		row("persistence_timeout", persistence(), "off; bare = 360", "a client stays with its real server this long"),
		row("persistence_engine", persistenceEngine(), "none", "what recognises a client, for example sip"),
		row("persistence_granularity",
			granularity(),
			"single host", "clients of one network count as one; implies persistence"),
		row("ip_family", serviceFamily(), "from the addresses", "address family of a fwmark service"),
		// Known, so that it is reported as what it is and not as an unknown word (semantics 8.27).
		row("hashed", custom("", 0, refuseHashed), "", "obsolete, refused"),
		row("ops",
			switchOn(func(d *serviceDraft) *bool { return &d.OnePacket }),
			"off", "schedule each UDP packet by itself"),
		// By number they are taken with any scheduler, by name only behind the scheduler they
		// belong to (semantics 8.27). Only the numbers are written back: they need no lb_algo above
		// them.
		row("flag-1", schedulerFlag("", schedFlag1), "off", "flag 1 of the scheduler", flagShown(schedFlag1)),
		row("flag-2", schedulerFlag("", schedFlag2), "off", "flag 2 of the scheduler", flagShown(schedFlag2)),
		row("flag-3", schedulerFlag("", schedFlag3), "off", "flag 3 of the scheduler", flagShown(schedFlag3)),
		row("sh-port", schedulerFlag("sh", schedFlag2), "off", "hash the port too; after lb_algo sh"),
		row("sh-fallback",
			schedulerFlag("sh", schedFlag1),
			"off", "take another server when the chosen one is out; after lb_algo sh"),
		row("mh-port", schedulerFlag("mh", schedFlag2), "off", "hash the port too; after lb_algo mh"),
		row("mh-fallback",
			schedulerFlag("mh", schedFlag1),
			"off", "take another server when the chosen one is out; after lb_algo mh"),
		row("shared_clients",
			switchOn(func(d *serviceDraft) *bool { return &d.SharedClients }),
			"off", "flows of other directors come here in their midst and stay with their server", ours),
	}
}

// serviceQuorumRows say when a service is up, and what is run and told then.
func serviceQuorumRows() []Keyword {
	return []Keyword{
		// Not for marks (semantics 8.16); which of the two it is, is known at the end of the block.
		row("ha_suspend",
			switchOn(func(d *serviceDraft) *bool { return &d.HASuspend }),
			"off", "check only while the address is on this host"),
		row("virtualhost",
			text("NAME", func(d *serviceDraft) *string { return &d.host }),
			"none", "default Host header of HTTP checks", soft),
		row("snmp_name",
			text("STRING", func(d *serviceDraft) *string { return &d.SNMPName }),
			"none", "name shown by SNMP", soft, exactly(1)),
		row("alpha",
			switchOn(func(d *serviceDraft) *bool { return &d.Alpha }),
			"off", "real servers count as down until a check passes"),
		row("omega",
			switchOn(func(d *serviceDraft) *bool { return &d.Omega }),
			"off", "run the down scripts when the program stops"),
		// From 1 on: a quorum of 0 is what comes of servers without weight (semantics 8.34).
		row("quorum",
			number(func(d *serviceDraft) *uint32 { return &d.Quorum }, 1, maxUint32),
			"1", "weight of live servers that is enough"),
		row("hysteresis",
			number(func(d *serviceDraft) *uint32 { return &d.Hysteresis }, 0, maxUint32),
			"0", "how far beyond the quorum the weight must go to change the state"),
		// Of several such lines the first counts (grammar 6.10).
		row("quorum_up",
			script(func(d *serviceDraft) *config.Command { return &d.QuorumUp }),
			"none", "run when the quorum is gained"),
		row("quorum_down",
			script(func(d *serviceDraft) *config.Command { return &d.QuorumDown }),
			"none", "run when the quorum is lost"),
		// The default begins at 1; a server itself may have 0, and then gets no new connections.
		row("weight",
			number(func(d *serviceDraft) *int { return &d.weight }, 1, maxInt32),
			"1", "default weight of real servers"),
		row("sorry_server", sorryServer(), "none", "server used while the quorum is lost"),
		// The next two want a sorry_server above them in the file.
		row("sorry_server_inhibit", sorryInhibit(), "off", "keep the sorry server with weight 0; after sorry_server"),
		row("sorry_server_lvs_method",
			sorryMethod(),
			"lb_kind", "how packets reach the sorry server; after sorry_server"),
		// nil asks global_defs. Real servers have another default: they mail unless told not to
		// (semantics 8.26).
		row("smtp_alert",
			tristate(func(d *serviceDraft) **bool { return &d.smtpAlert }),
			"global_defs, else false", "send mail when the quorum changes"),
	}
}

// serviceCheckRows are what its checkers inherit, and its real servers.
func serviceCheckRows() []Keyword {
	return []Keyword{
		// At least 1 here and in real_server, while a checker itself may have 0.
		row("retry",
			retryCount(func(d *serviceDraft) *checkDefaults { return &d.checks }, 1),
			"of the checker", "failures tolerated before a server is out"),
		row("delay_before_retry",
			secondsPtr(func(d *serviceDraft) **time.Duration { return &d.checks.DelayBeforeRetry }, 0, maxSeconds),
			"of the checker", "pause before a failed check is repeated"),
		row("warmup",
			secondsPtr(func(d *serviceDraft) **time.Duration { return &d.checks.Warmup }, 0, maxSeconds),
			"delay_loop", "the first check comes within this time, at random; 0 = at once"),
		// Kept in a 32-bit timer by keepalived, so its range ends sooner than that of other times.
		row("connect_timeout",
			secondsPtr(func(d *serviceDraft) **time.Duration { return &d.checks.ConnectTimeout }, 1, maxTimerTicks),
			"5", "limit for connecting"),
		row("inhibit_on_failure",
			switchOn(func(d *serviceDraft) *bool { return &d.inhibit }),
			"off", "a failed server gets weight 0 and stays"),
		// needs(1): a missing address ends the reading of 2.2.7 (grammar 9.1).
		row("real_server",
			block("IP [PORT]", openRealServer, closeRealServer),
			"required", "a server that takes connections", needs(1), shows(writeReals)),
	}
}

// realServerRows are the keywords of real_server.
func realServerRows() []Keyword {
	return []Keyword{
		row("weight",
			number(func(d *realDraft) *int { return &d.Weight }, 0, maxInt32),
			"1", "share of the connections"),
		row("lvs_method",
			method("real", func(d *realDraft) (*config.Method, *config.Tunnel) { return &d.Method, &d.Tunnel }),
			"lb_kind", "how packets reach this server"),
		row("uthreshold",
			number(func(d *realDraft) *uint32 { return &d.UpperThreshold }, 0, maxUint32),
			"0", "no new connections beyond this number; 0 = no limit"),
		row("lthreshold",
			number(func(d *realDraft) *uint32 { return &d.LowerThreshold }, 0, maxUint32),
			"0", "new connections again below this number"),
		// A BOOL, like alpha below, where the virtual server has a bare word: a server can say no
		// to what its service says.
		row("inhibit_on_failure",
			boolean(func(d *realDraft) *bool { return &d.InhibitOnFailure }),
			"of virtual_server", "weight 0 when it fails, instead of removal"),
		// The struct of the two programs is made by the first of them: most servers have none, and
		// a service may have thousands of servers.
		row("notify_up",
			script(func(d *realDraft) *config.Command { return &d.notify().Up }),
			"none", "run when it comes up"),
		row("notify_down",
			script(func(d *realDraft) *config.Command { return &d.notify().Down }),
			"none", "run when it goes down"),
		row("alpha",
			boolean(func(d *realDraft) *bool { return &d.Alpha }),
			"of virtual_server", "down until a check passes"),
		row("smtp_alert",
			tristate(func(d *realDraft) **bool { return &d.smtpAlert }),
			"global_defs, else true", "send mail when it changes"),
		row("virtualhost",
			text("NAME", func(d *realDraft) *string { return &d.host }),
			"of virtual_server", "default Host header of HTTP checks", soft),
		row("snmp_name",
			text("STRING", func(d *realDraft) *string { return &d.SNMPName }),
			"none", "name shown by SNMP", soft, exactly(1)),
		// From here on nil is "not given", and the virtual server is asked (completeTiming).
		row("retry",
			retryCount(func(d *realDraft) *checkDefaults { return &d.checks }, 1),
			"of virtual_server", "failures tolerated before it is out"),
		row("delay_before_retry",
			secondsPtr(func(d *realDraft) **time.Duration { return &d.checks.DelayBeforeRetry }, 0, maxSeconds),
			"of virtual_server", "pause before a failed check is repeated"),
		row("warmup",
			secondsPtr(func(d *realDraft) **time.Duration { return &d.checks.Warmup }, 0, maxSeconds),
			"of virtual_server", "the first check comes within this time, at random"),
		row("connect_timeout",
			secondsPtr(func(d *realDraft) **time.Duration { return &d.checks.ConnectTimeout }, 1, maxTimerTicks),
			"of virtual_server", "limit for connecting"),
		row("delay_loop",
			secondsPtr(func(d *realDraft) **time.Duration { return &d.checks.DelayLoop }, 1, maxSeconds),
			"of virtual_server", "time between checks"),
	}
}

// checkerRows are the checkers that a real_server may have, each as often as is written.
func checkerRows() []Keyword {
	checker := func(kind config.CheckKind, help string, more ...option) Keyword {
		// A checker can be written back at its place among those of other kinds (writeCheckers).
		more = append(more, shows(writeCheckers(kind)))
		return row(kind.String(), block("", openChecker(kind), closeChecker), "", help, more...)
	}
	return []Keyword{
		checker(config.CheckHTTP, "fetch pages over HTTP; may be repeated"),
		checker(config.CheckSSL, "fetch pages over HTTPS, with what the SSL block says; may be repeated"),
		checker(config.CheckTCP, "open a connection; may be repeated"),
		checker(config.CheckMisc, "run a program, exit status 0 is up; may be repeated"),
		checker(config.CheckSMTP, "greet a mail server; may be repeated"),
		checker(config.CheckDNS, "ask a name server; may be repeated"),
		checker(config.CheckUDP, "send a datagram; may be repeated"),
		checker(config.CheckPing, "send an ICMP echo; may be repeated"),
		checker(config.CheckFile, "follow a track_file; may be repeated"),
		checker(config.CheckBFD, "follow a BFD session; may be repeated"),
		checker(config.CheckGRPC, "ask a gRPC server for its health; may be repeated", ours),
	}
}
