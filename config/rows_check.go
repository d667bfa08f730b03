package config

import (
	"slices"
	"time"
)

// timingRows are the keywords of every checker.
func timingRows(retry, delay string) []Keyword {
	return []Keyword{
		row("retry", retryCount(func(d *checkerDraft) *checkDefaults { return &d.own }, 0), "real_server, virtual_server, else "+retry, "failures tolerated before it counts as failed"),
		row("delay_before_retry", secondsPtr(func(d *checkerDraft) **time.Duration { return &d.own.DelayBeforeRetry }, 0, maxSeconds), "real_server, virtual_server, else "+delay, "pause before a failed check is repeated"),
		row("warmup", secondsPtr(func(d *checkerDraft) **time.Duration { return &d.own.Warmup }, 0, maxSeconds), "real_server, virtual_server, else delay_loop", "the first check comes within this time, at random"),
		row("delay_loop", secondsPtr(func(d *checkerDraft) **time.Duration { return &d.own.DelayLoop }, 1, maxSeconds), "real_server, virtual_server, else 60", "time between checks"),
		row("alpha", tristate(func(d *checkerDraft) **bool { return &d.alpha }), "of real_server", "counts as failed until it passes"),
		row("log_all_failures", tristate(func(d *checkerDraft) **bool { return &d.logAll }), "checker_log_all_failures", "log every failure while up"),
	}
}

// targetRows are the keywords of checkers that open a socket.
func targetRows() []Keyword {
	return []Keyword{
		row("connect_ip", connectIP(), "of real_server", "address to connect to"),
		row("connect_port", port(func(d *checkerDraft) *uint16 { return &d.connectPort }), "of real_server", "port to connect to"),
		row("bindto", bindTo(), "any", "source address"),
		row("bind_port", port(func(d *checkerDraft) *uint16 { return &d.BindPort }), "any", "source port"),
		row("bind_if", bindIf(), "any", "interface of a link-local address"),
		row("connect_timeout", secondsPtr(func(d *checkerDraft) **time.Duration { return &d.own.ConnectTimeout }, 1, maxTimerTicks), "real_server, virtual_server, else 5", "limit for connecting"),
		row("fwmark", number(func(d *checkerDraft) *uint32 { return &d.FWMark }, 0, maxUint32), "0", "mark on the packets of the check"),
	}
}

// connectRows are the keywords of checkers that connect and no more.
func connectRows() []Keyword { return append(targetRows(), timingRows("1", "1")...) }

// pingCheckRows are the keywords of PING_CHECK: those of all that connect, but ports say nothing.
func pingCheckRows() []Keyword {
	rows := connectRows()
	for i := range rows {
		if k := &rows[i]; k.Name == "connect_port" || k.Name == "bind_port" {
			k.Help = "no effect: an echo has no ports"
			accepted(k)
		}
	}
	return rows
}

func miscCheckRows() []Keyword {
	return append(timingRows("0", "1"),
		row("misc_path", miscPath(), "required", "the program; exit status 0 is up", lenient),
		row("misc_timeout", wholeSeconds(func(d *checkerDraft) *time.Duration { return &d.Misc.Timeout }, 0, maxGARPSecs), "delay_loop of virtual_server", "time until it is ended; 0 = the default", shows(func(d *checkerDraft) []writing {
			if d.Misc.Timeout%time.Second != 0 {
				return nil // that is the delay_loop of the virtual_server
			}
			return inRange(int64(d.Misc.Timeout/time.Second), 1, maxGARPSecs)
		})),
		row("misc_dynamic", switchOn(func(d *checkerDraft) *bool { return &d.Misc.Dynamic }), "off", "exit status 2..255 is up and sets the weight to status - 2"),
		row("user", custom("USER [[:]GROUP]", 1, setMiscIdentity), "script_user", "who it runs as", soft,
			shows(func(d *checkerDraft) []writing { return wordsIf(d.Misc.User, d.Misc.Group) })),
	)
}

// webCheckRows are the keywords of HTTP_GET and SSL_GET.
func webCheckRows(kind CheckKind) []Keyword {
	rows := append(append(targetRows(), timingRows("1", "3")...),
		row("nb_get_retry", retryCount(func(d *checkerDraft) *checkDefaults { return &d.own }, 0), "", "old name of retry", alias("retry"), deprecated),
		row("virtualhost", text("NAME", func(d *checkerDraft) *string { return &d.HTTP.Host }), "real_server, virtual_server, else address:port", "Host header of URLs without their own", soft),
		row("http_protocol", custom("1.0|1.0C|1.1", 1, setHTTPProtocol), "1.0", "version of the request; 1.0C adds Connection: close", soft,
			shows(func(d *checkerDraft) []writing { return wordIf(d.HTTP.Protocol) })),
		row("enable_sni", boolean(func(d *checkerDraft) *bool { return &d.HTTP.EnableSNI }), "off", "send the server name in the TLS handshake"),
		row("sni_name", custom("NAME", 1, setSNIName), "virtualhost", "the server name to send; switches it on", since("2.4.4"), soft,
			shows(func(d *checkerDraft) []writing { return wordIf(d.HTTP.SNIName) })),
		row("fast_recovery", boolean(func(d *checkerDraft) *bool { return &d.HTTP.FastRecovery }), "false", "no pause between URLs while recovering"),
		row("url", block("", openURL, closeURL), "required", "one page to fetch; may be repeated", shows(writeURLs)),
	)
	if kind == CheckSSL {
		rows = append(rows, row("tls_compliant", boolean(func(d *checkerDraft) *bool { return &d.HTTP.TLSCompliant }), "false", "end TLS with close_notify", since("2.2.8"), notYet))
	}
	return rows
}

func urlRows(kind CheckKind) []Keyword {
	rows := []Keyword{
		row("path", text("STRING", func(d *urlDraft) *string { return &d.Path }), "required", "path of the request, sent as it is",
			shows(func(d *urlDraft) []writing { return written(quoted(d.Path)) })),
		row("digest", digest(), "none", "MD5 that the body must have"),
		row("status_code", statusCodes(), "200-299", "status codes that pass", lenient),
		row("virtualhost", text("NAME", func(d *urlDraft) *string { return &d.Host }), "of the checker", "Host header of this URL", soft),
		row("regex", regex(), "none", "pattern that must be found", lenient),
		row("regex_no_match", switchOn(func(d *urlDraft) *bool { return &d.RegexNoMatch }), "off", "the pattern must not be found"),
		row("regex_options", regexOptions(), "none", "options of PCRE2 by name", lenient),
		row("regex_min_offset", regexOffset(func(d *urlDraft) *int { return &d.RegexMin }), "0", "where the match may start at the earliest", lenient),
		row("regex_max_offset", regexOffset(func(d *urlDraft) *int { return &d.RegexMax }), "unlimited", "where the match may start at the latest", lenient),
		row("regex_stack", regexStack(), "of the library", "memory for matching", notYet),
	}
	if kind == CheckSSL {
		rows = append(rows, row("tls_compliant", tristate(func(d *urlDraft) **bool { return &d.tls }), "of the checker", "end TLS with close_notify", since("2.2.8"), notYet))
	}
	return rows
}

func smtpCheckRows() []Keyword {
	return append(connectRows(),
		row("helo_name", text("STRING", func(d *checkerDraft) *string { return &d.SMTP.Helo }), defaultHelo, "what to say in HELO", soft),
		row("host", block("", openSMTPHost, closeSMTPHost), "", "another target; write the settings in SMTP_CHECK instead"),
	)
}

func dnsCheckRows() []Keyword {
	return slices.Concat(targetRows(), timingRows("3", "delay_loop"), []Keyword{
		row("type", dnsType(), "SOA", "record to ask for"),
		row("name", dnsName(), ". (the root)", "name to ask for"),
	})
}

func fileCheckRows() []Keyword {
	return []Keyword{
		row("track_file", fileName(), "required", "the track_file to follow"),
		row("weight", fileWeight(), "of the track_file", "what the number is multiplied by; 0: any number but 0 is down", soft),
	}
}

func bfdCheckRows() []Keyword {
	return []Keyword{
		row("name", bfdName(), "required", "the bfd_instance to follow", soft),
		row("alpha", tristate(func(d *checkerDraft) **bool { return &d.alpha }), "of real_server", "down until the session is up"),
	}
}

// writeURLs writes the url blocks of a checker.
func writeURLs(d *checkerDraft) []writing {
	out := make([]writing, len(d.HTTP.URLs))
	for i, u := range d.HTTP.URLs {
		inner := &urlDraft{URL: u}
		if d.Kind == CheckSSL {
			inner.tls = &inner.TLSCompliant
		}
		out[i] = writing{inner: inner}
	}
	return out
}
