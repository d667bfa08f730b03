package notify

import (
	"fmt"
)

// mailVRRP sends the mail of a state change, unless the object's last mail told the same
// state (cli 9.9).
func (n *Notifier) mailVRRP(kind string, e VRRPEvent) {
	subject, body := vrrpMail(e)
	if subject == "" || !e.Config.SMTPAlert {
		return
	}
	// Before it is noted below: no_email_faults leaves the last state that was mailed as it is.
	if e.State == Fault && n.global.Mail.NoFaults {
		return
	}
	// An instance and a group may have the same name.
	key := kind + " " + e.Name
	// BACKUP, FAULT, BACKUP with no_email_faults is one mail.
	if n.mailed[key] == e.State {
		return
	}
	n.mailed[key] = e.State
	n.mail(subject, body)
}

// vrrpMail words the mail of a notification; an empty subject means that there is none.
func vrrpMail(e VRRPEvent) (subject, body string) {
	what := "Instance"
	if e.Group {
		what = "Group"
	}
	subject = fmt.Sprintf("VRRP %s %s - ", what, e.Name)
	switch e.State {
	case Master, Backup, Fault:
		subject += fmt.Sprintf("Entering %s state", e.State)
	case Stop:
		subject += "Stopping"
	case Deleted:
		subject += "Deleted"
	default:
		return "", ""
	}
	switch {
	case e.Group && e.State == Stop:
		body = "=> All VRRP group instances are now stopping <="
	case e.Group:
		body = fmt.Sprintf("=> All VRRP group instances are now in %s state <=", e.State)
	case e.State == Master:
		body = "=> VRRP Instance is now owning VRRP VIPs <="
	case e.State == Stop:
		body = "=> VRRP Instance stopping <="
	case e.State == Deleted:
		body = "=> VRRP Deleted at reload <="
	default:
		body = "=> VRRP Instance is no longer owning VRRP VIPs <="
	}
	return subject, body
}

// mail sends one alert if mail is configured.
func (n *Notifier) mail(subject, body string) {
	m := n.global.Mail
	// Whatever smtp_alert says: without a receiver and a server there is no mail (cli 9.9).
	if len(m.To) == 0 || m.Server == "" {
		return
	}
	n.mailer.send(letter{mail: m, subject: fmt.Sprintf("[%s] %s", n.global.RouterID, subject), body: body})
}
