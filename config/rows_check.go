package config

import (
	"net/netip"
	"time"
)

const realServerPath = "virtual_server/real_server/"

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
		row("connect_ip", address(func(d *checkerDraft) *netip.Addr { return &d.connectIP }), "of real_server", "address to connect to"),
		row("connect_port", port(func(d *checkerDraft) *uint16 { return &d.connectPort }), "of real_server", "port to connect to"),
		row("bindto", address(func(d *checkerDraft) *netip.Addr { return &d.BindAddr }), "any", "source address"),
		row("bind_port", port(func(d *checkerDraft) *uint16 { return &d.BindPort }), "any", "source port"),
		row("bind_if", text("IF", func(d *checkerDraft) *string { return &d.BindIf }), "any", "interface of a link-local address"),
		row("connect_timeout", secondsPtr(func(d *checkerDraft) **time.Duration { return &d.own.ConnectTimeout }, 1, maxTimerTicks), "real_server, virtual_server, else 5", "limit for connecting"),
		row("fwmark", number(func(d *checkerDraft) *uint32 { return &d.FWMark }, 0, maxUint32), "0", "mark on the packets of the check"),
	}
}

// connectCheckRows are TCP_CHECK and MISC_CHECK.
func connectCheckRows() []Keyword {
	tcp := inBlock(realServerPath+"TCP_CHECK", append(targetRows(), timingRows("1", "1")...)...)
	misc := inBlock(realServerPath+"MISC_CHECK", append(timingRows("0", "1"),
		row("misc_path", miscPath(), "required", "the program; exit status 0 is up", soft),
		row("misc_timeout", custom(rangeText("SECONDS", 0, maxGARPSecs), 1, setMiscTimeout), "delay_loop of virtual_server", "time until it is ended; 0 = the default"),
		row("misc_dynamic", custom("", 0, setMiscDynamic), "off", "exit status 2..255 is up and sets the weight to status - 2"),
		row("user", custom("USER [[:]GROUP]", 1, setMiscIdentity), "script_user", "who it runs as", soft),
	)...)
	return append(tcp, misc...)
}

// webCheckRows are HTTP_GET and SSL_GET.
func webCheckRows() []Keyword {
	var rows []Keyword
	for _, kind := range []CheckKind{CheckHTTP, CheckSSL} {
		path := realServerPath + kind.String()
		check := append(append(targetRows(), timingRows("1", "3")...),
			row("nb_get_retry", retryCount(func(d *checkerDraft) *checkDefaults { return &d.own }, 0), "", "old name of retry", alias("retry"), deprecated),
			row("virtualhost", text("NAME", func(d *checkerDraft) *string { return &d.Host }), "real_server, virtual_server, else address:port", "Host header of URLs without their own", soft),
			row("http_protocol", custom("1.0|1.0C|1.1", 1, setHTTPProtocol), "1.0", "version of the request; 1.0C adds Connection: close", soft),
			row("enable_sni", switchOn(func(d *checkerDraft) *bool { return &d.EnableSNI }), "off", "send the server name in the TLS handshake"),
			row("sni_name", custom("NAME", 1, setSNIName), "virtualhost", "the server name to send; switches it on", since("2.4.4"), soft),
			row("fast_recovery", boolean(func(d *checkerDraft) *bool { return &d.FastRecovery }), "false", "no pause between URLs while recovering"),
			row("url", block("", openURL, closeURL), "required", "one page to fetch; may be repeated"),
		)
		if kind == CheckSSL {
			check = append(check, row("tls_compliant", laterBool(), "false", "end TLS with close_notify", since("2.2.8")))
		}
		rows = append(rows, inBlock(path, check...)...)
		rows = append(rows, inBlock(path+"/url", urlRows(kind)...)...)
	}
	return rows
}

func urlRows(kind CheckKind) []Keyword {
	rows := []Keyword{
		row("path", text("STRING", func(d *urlDraft) *string { return &d.Path }), "required", "path of the request, sent as it is"),
		row("digest", custom("32 hexadecimal digits", 1, setDigest), "none", "MD5 that the body must have"),
		row("status_code", custom("N | N-M .. (100..599)", 1, setStatus), "200-299", "status codes that pass", soft),
		row("virtualhost", text("NAME", func(d *urlDraft) *string { return &d.Host }), "of the checker", "Host header of this URL", soft),
		row("regex", custom("PATTERN", 1, setRegex), "none", "pattern that must be found", soft, func(k *Keyword) { k.Script = true }),
		row("regex_no_match", switchOn(func(d *urlDraft) *bool { return &d.RegexNoMatch }), "off", "the pattern must not be found"),
		row("regex_options", custom("OPTION ..", 1, setRegexOptions), "none", "options of PCRE2 by name", soft),
		row("regex_min_offset", number(func(d *urlDraft) *int { return &d.RegexMin }, 0, maxInt32), "0", "where the match may start at the earliest", soft),
		row("regex_max_offset", number(func(d *urlDraft) *int { return &d.RegexMax }, 0, maxInt32), "unlimited", "where the match may start at the latest", soft),
		row("regex_stack", later("START MAX"), "of the library", "memory for matching"),
	}
	if kind == CheckSSL {
		rows = append(rows, row("tls_compliant", laterBool(), "of the checker", "end TLS with close_notify", since("2.2.8")))
	}
	return rows
}

// laterCheckRows are the checkers that are not built.
func laterCheckRows() []Keyword {
	socket := func(name, retry, delay string, more ...Keyword) []Keyword {
		rows := append(targetRows(), timingRows(retry, delay)...)
		for i := range rows {
			rows[i] = unbuilt(rows[i])
		}
		return inBlock(realServerPath+name, append(rows, more...)...)
	}
	rows := socket("SMTP_CHECK", "1", "1",
		row("helo_name", later("STRING"), "smtpchecker.keepalived.org", "what to say in HELO", needs(1), soft),
		row("host", laterBlock(""), "", "another target; write the settings in SMTP_CHECK instead"))
	rows = append(rows, socket("SMTP_CHECK/host", "1", "1")...)
	rows = append(rows, socket("DNS_CHECK", "3", "delay_loop",
		row("type", checkedLater("A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY", 1, checkRecordType), "SOA", "record to ask for", needs(1)),
		row("name", later("DOMAIN"), ". (the root)", "name to ask for", needs(1)))...)
	rows = append(rows, socket("UDP_CHECK", "1", "1",
		row("payload", checkedLater("HEX", 1, checkPayload), "a fixed text", "what to send", needs(1), soft),
		row("require_reply", later("[HEX, x for any digit]"), "none needed", "an answer must come, and look like this"),
		row("min_reply_length", laterNumber(0, 65535), "0", "shortest answer that passes", needs(1)),
		row("max_reply_length", laterNumber(0, 65535), "255", "longest answer that passes", needs(1)))...)
	rows = append(rows, socket("PING_CHECK", "1", "1")...)
	rows = append(rows, inBlock(realServerPath+"FILE_CHECK",
		row("track_file", nameOf("track_file"), "required", "the track_file to follow", needs(1)),
		row("weight", later("-2147483647..2147483647 [reverse|noreverse]"), "of the track_file", "what the number is multiplied by; 0: any number but 0 is down", needs(1), soft))...)
	return append(rows, inBlock(realServerPath+"BFD_CHECK",
		row("name", nameOf("bfd_instance"), "required", "the bfd_instance to follow", needs(1), soft),
		row("alpha", laterBool(), "of real_server", "down until the session is up"))...)
}
