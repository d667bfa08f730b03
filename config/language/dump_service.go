package language

import (
	"fmt"
	"strings"

	"holdfast/config"
)

// service dumps a virtual_server as it was completed: what was corrected or taken from elsewhere
// is what stands here.
func (p *printer) service(v *config.VirtualServer) {
	p.block("virtual_server "+serviceID(*v), func() {
		p.put("lb_algo", v.Scheduler)
		// The flags as the kernel has them. What they are called, `sh-fallback` or `flag-1`,
		// hangs on the scheduler (semantics 8.27).
		if v.SchedulerFlags != 0 {
			p.line("flags %#x", v.SchedulerFlags)
		}
		p.put("lb_kind", methodText(v.Method, v.Tunnel))
		p.on("ops", v.OnePacket)
		p.on("shared_clients", v.SharedClients)
		p.announce(v.Announce)
		// The granularity has a value also where nothing is persistent: that of a single host.
		if v.Persistent {
			p.put("persistence_timeout", v.PersistenceTimeout)
			p.put("persistence_granularity", v.PersistenceGranularity)
		}
		p.put("persistence_engine", v.PersistenceEngine)
		// As far as the real servers allow it: a quorum beyond their weight has been reduced
		// (semantics 8.9).
		p.put("quorum", v.Quorum)
		p.put("hysteresis", v.Hysteresis)
		p.put("quorum_up", v.QuorumUp)
		p.put("quorum_down", v.QuorumDown)
		p.on("alpha", v.Alpha)
		p.on("omega", v.Omega)
		p.on("ha_suspend", v.HASuspend)
		p.put("snmp_name", v.SNMPName)
		p.put("smtp_alert", v.SMTPAlert)
		// The method is shown with it, because a sorry server may have one of its own
		// (semantics 8.13).
		if v.Sorry != nil {
			p.line("sorry_server %s %d %s", v.Sorry.Addr, v.Sorry.Port, methodText(v.Sorry.Method, v.Sorry.Tunnel))
			p.on("sorry_server_inhibit", v.SorryInhibit)
		}
		for i := range v.RealServers {
			p.real(&v.RealServers[i])
		}
	})
}

// real dumps a real_server; the method is its own or that of its service.
func (p *printer) real(r *config.RealServer) {
	p.block(fmt.Sprintf("real_server %s %d", r.Addr, r.Port), func() {
		p.put("weight", r.Weight)
		p.put("lvs_method", methodText(r.Method, r.Tunnel))
		// Thresholds are written when they are 0 as well, which is no limit.
		p.put("uthreshold", r.UpperThreshold)
		p.put("lthreshold", r.LowerThreshold)
		p.on("inhibit_on_failure", r.InhibitOnFailure)
		p.on("alpha", r.Alpha)
		// A server without programs has no Notify at all. Scripts makes two empty commands of
		// that, and put leaves those out.
		p.put("notify_up", r.Scripts().Up)
		p.put("notify_down", r.Scripts().Down)
		p.put("smtp_alert", r.SMTPAlert)
		p.put("snmp_name", r.SNMPName)
		p.on("backup", r.Backup)
		if r.SlowStart > 0 {
			p.put("slow_start", r.SlowStart)
		}
		for i := range r.Checkers {
			p.checker(&r.Checkers[i])
		}
	})
}

// checker dumps a checker with everything that it inherits from real and virtual server
// (semantics 9.2).
func (p *printer) checker(c *config.Checker) {
	p.block(c.Kind.String(), func() {
		// Where to and where from is a matter of the kinds that send something themselves
		// (semantics 10.15).
		if c.Kind.Socket() {
			p.put("connect", c.Connect)
			p.put("connect_timeout", c.ConnectTimeout)
			p.put("bindto", c.BindAddr)
			// put leaves out empty texts only: that 0 is no port, and below no mark, is decided
			// here.
			if c.BindPort != 0 {
				p.put("bind_port", c.BindPort)
			}
			p.put("bind_if", c.BindIf)
			if c.FWMark != 0 {
				p.put("fwmark", c.FWMark)
			}
		}
		// FILE_CHECK and BFD_CHECK follow events: they have neither a beat nor retries.
		if c.Kind.Polls() {
			p.put("delay_loop", c.DelayLoop)
			p.put("retry", c.Retry)
			p.put("delay_before_retry", c.DelayBeforeRetry)
			p.put("warmup", c.Warmup)
		}
		p.on("alpha", c.Alpha)
		p.on("log_all_failures", c.LogAllFailures)
		p.particulars(c)
	})
}

// particulars lists what only one kind of checkers has.
func (p *printer) particulars(c *config.Checker) {
	// TCP_CHECK and PING_CHECK have nothing of their own.
	switch c.Kind {
	case config.CheckHTTP, config.CheckSSL:
		p.web(c)
	case config.CheckMisc:
		p.put("misc_path", c.Misc.Command)
		p.put("misc_timeout", c.Misc.Timeout)
		p.on("misc_dynamic", c.Misc.Dynamic)
	case config.CheckSMTP:
		p.put("helo_name", c.SMTP.Helo)
	case config.CheckDNS:
		p.put("type", c.DNS.Type)
		p.put("name", c.DNS.Name)
	case config.CheckUDP:
		// Pairs of digits; in the reply an x is a digit that may be any.
		p.put("payload", hexBytes(c.UDP.Payload, nil))
		p.on("require_reply", c.UDP.RequireReply)
		p.put("reply", hexBytes(c.UDP.Reply, c.UDP.Mask))
		// Both limits have a value always, and count with a pattern only (semantics 10.11).
		p.line("reply_length %d..%d", c.UDP.MinReply, c.UDP.MaxReply)
	case config.CheckFile:
		p.put("track_file", c.File.TrackFile)
		// nil is the weight of the track_file itself.
		if w := c.File.Weight; w != nil {
			p.line("weight %d reverse %v", *w, c.File.Reverse)
		}
	case config.CheckBFD:
		p.put("name", c.BFD)
	case config.CheckGRPC:
		p.put("service", c.GRPC.Service)
		p.put("authority", c.GRPC.Authority)
		p.on("tls", c.GRPC.TLS)
	}
}

// methodText is how a method is written: `NAT`, or for a tunnel `TUN type gue port 6080`.
func methodText(m config.Method, t config.Tunnel) string { return strings.Join(methodWords(m, t), " ") }

func (p *printer) serverGroup(g *config.ServerGroup) {
	p.block("virtual_server_group "+g.Name, func() {
		// An entry stands for all its addresses: `192.0.2.10-20 80` is one line here and eleven
		// services.
		for _, e := range g.Entries {
			p.line("%s", e)
		}
	})
}

// ssl leaves the password out.
func (p *printer) ssl(s config.SSL) {
	// There was no block, or one that says nothing.
	if !s.Given() {
		return
	}
	p.block("SSL", func() {
		p.put("ca", s.CA)
		p.put("certificate", s.Certificate)
		p.put("key", s.Key)
		if s.Unverified {
			p.line("verify_server false")
		}
	})
}

// web lists what HTTP_GET and SSL_GET fetch, and what they want to see of it.
func (p *printer) web(c *config.Checker) {
	p.put("virtualhost", c.HTTP.Host)
	p.put("http_protocol", c.HTTP.Protocol)
	p.on("enable_sni", c.HTTP.EnableSNI)
	p.put("sni_name", c.HTTP.SNIName)
	p.on("fast_recovery", c.HTTP.FastRecovery)
	p.on("tls_compliant", c.HTTP.TLSCompliant)
	p.put("basic_auth_file", c.HTTP.AuthFile)
	p.put("headers_file", c.HTTP.HeadersFile)
	for i := range c.HTTP.URLs {
		// In the order of the file, in which they are asked (semantics 10.4).
		u := &c.HTTP.URLs[i]
		p.block("url "+u.Path, func() {
			p.put("virtualhost", u.Host)
			// Never empty: 200-299 was filled in where nothing is written (semantics 10.3).
			p.put("status_code", u.Status)
			// Sixteen zeros can be an MD5 sum, so a flag of its own tells that there is a digest.
			if u.HasDigest {
				p.line("digest %x", u.Digest)
			}
			p.put("regex", u.Regex)
			p.on("regex_no_match", u.RegexNoMatch)
			p.put("regex_options", u.RegexOptions)
			// A maximum of 0 is no limit.
			if u.RegexMin != 0 || u.RegexMax != 0 {
				p.line("regex_offset %d..%d", u.RegexMin, u.RegexMax)
			}
			// Bytes; 0 and 0 is the memory that the library takes by itself.
			if u.RegexStack != (config.RegexStack{}) {
				p.line("regex_stack %d %d", u.RegexStack.Start, u.RegexStack.Max)
			}
			p.on("tls_compliant", u.TLSCompliant)
		})
	}
}

// serviceID is the name of a service with what else sets it apart.
func serviceID(v config.VirtualServer) string {
	// One mark can be a service of each family, and Name has nothing but the mark.
	if v.FWMark != 0 && v.IPv6 {
		return v.Name() + " IPv6"
	}
	return v.Name()
}

// announce dumps what a service shows.
func (p *printer) announce(a *config.Announce) {
	if a == nil {
		return
	}
	p.line("announce %s", strings.Join(a.Words(), " "))
	for _, prefix := range a.Prefixes {
		p.line("announce_prefix %v", prefix)
	}
	p.put("announce_hold", a.Hold)
}
