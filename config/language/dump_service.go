package language

import (
	"fmt"
	"strings"

	"holdfast/config"
)

func (p *printer) service(v *config.VirtualServer) {
	p.block("virtual_server "+serviceID(*v), func() {
		p.put("lb_algo", v.Scheduler)
		if v.SchedulerFlags != 0 {
			p.line("flags %#x", v.SchedulerFlags)
		}
		p.put("lb_kind", methodText(v.Method, v.Tunnel))
		p.on("ops", v.OnePacket)
		if v.Persistent {
			p.put("persistence_timeout", v.PersistenceTimeout)
			p.put("persistence_granularity", v.PersistenceGranularity)
		}
		p.put("persistence_engine", v.PersistenceEngine)
		p.put("quorum", v.Quorum)
		p.put("hysteresis", v.Hysteresis)
		p.put("quorum_up", v.QuorumUp)
		p.put("quorum_down", v.QuorumDown)
		p.on("alpha", v.Alpha)
		p.on("omega", v.Omega)
		p.on("ha_suspend", v.HASuspend)
		p.put("snmp_name", v.SNMPName)
		p.put("smtp_alert", v.SMTPAlert)
		if v.Sorry != nil {
			p.line("sorry_server %s %d %s", v.Sorry.Addr, v.Sorry.Port, methodText(v.Sorry.Method, v.Sorry.Tunnel))
			p.on("sorry_server_inhibit", v.SorryInhibit)
		}
		for i := range v.RealServers {
			p.real(&v.RealServers[i])
		}
	})
}

func (p *printer) real(r *config.RealServer) {
	p.block(fmt.Sprintf("real_server %s %d", r.Addr, r.Port), func() {
		p.put("weight", r.Weight)
		p.put("lvs_method", methodText(r.Method, r.Tunnel))
		p.put("uthreshold", r.UpperThreshold)
		p.put("lthreshold", r.LowerThreshold)
		p.on("inhibit_on_failure", r.InhibitOnFailure)
		p.on("alpha", r.Alpha)
		p.put("notify_up", r.Scripts().Up)
		p.put("notify_down", r.Scripts().Down)
		p.put("smtp_alert", r.SMTPAlert)
		p.put("snmp_name", r.SNMPName)
		for i := range r.Checkers {
			p.checker(&r.Checkers[i])
		}
	})
}

func (p *printer) checker(c *config.Checker) {
	p.block(c.Kind.String(), func() {
		if c.Kind.Socket() {
			p.put("connect", c.Connect)
			p.put("connect_timeout", c.ConnectTimeout)
			p.put("bindto", c.BindAddr)
			if c.BindPort != 0 {
				p.put("bind_port", c.BindPort)
			}
			p.put("bind_if", c.BindIf)
			if c.FWMark != 0 {
				p.put("fwmark", c.FWMark)
			}
		}
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
		p.put("payload", hexBytes(c.UDP.Payload, nil))
		p.on("require_reply", c.UDP.RequireReply)
		p.put("reply", hexBytes(c.UDP.Reply, c.UDP.Mask))
		p.line("reply_length %d..%d", c.UDP.MinReply, c.UDP.MaxReply)
	case config.CheckFile:
		p.put("track_file", c.File.TrackFile)
		if w := c.File.Weight; w != nil {
			p.line("weight %d reverse %v", *w, c.File.Reverse)
		}
	case config.CheckBFD:
		p.put("name", c.BFD)
	}
}

func methodText(m config.Method, t config.Tunnel) string { return strings.Join(methodWords(m, t), " ") }

func (p *printer) serverGroup(g *config.ServerGroup) {
	p.block("virtual_server_group "+g.Name, func() {
		for _, e := range g.Entries {
			p.line("%s", e)
		}
	})
}

// ssl leaves the password out.
func (p *printer) ssl(s config.SSL) {
	if s == (config.SSL{}) {
		return
	}
	p.block("SSL", func() {
		p.put("ca", s.CA)
		p.put("certificate", s.Certificate)
		p.put("key", s.Key)
	})
}

func (p *printer) web(c *config.Checker) {
	p.put("virtualhost", c.HTTP.Host)
	p.put("http_protocol", c.HTTP.Protocol)
	p.on("enable_sni", c.HTTP.EnableSNI)
	p.put("sni_name", c.HTTP.SNIName)
	p.on("fast_recovery", c.HTTP.FastRecovery)
	p.on("tls_compliant", c.HTTP.TLSCompliant)
	for i := range c.HTTP.URLs {
		u := &c.HTTP.URLs[i]
		p.block("url "+u.Path, func() {
			p.put("virtualhost", u.Host)
			p.put("status_code", u.Status)
			if u.HasDigest {
				p.line("digest %x", u.Digest)
			}
			p.put("regex", u.Regex)
			p.on("regex_no_match", u.RegexNoMatch)
			p.put("regex_options", u.RegexOptions)
			if u.RegexMin != 0 || u.RegexMax != 0 {
				p.line("regex_offset %d..%d", u.RegexMin, u.RegexMax)
			}
			if u.RegexStack != (config.RegexStack{}) {
				p.line("regex_stack %d %d", u.RegexStack.Start, u.RegexStack.Max)
			}
			p.on("tls_compliant", u.TLSCompliant)
		})
	}
}

// serviceID is the name of a service with what else sets it apart.
func serviceID(v config.VirtualServer) string {
	if v.FWMark != 0 && v.IPv6 {
		return v.Name() + " IPv6"
	}
	return v.Name()
}
