package notify

import (
	"fmt"
	"time"
)

// This file tells that a virtual router has two masters. That is no state of an instance, so no script runs. Who
// reads a FIFO may take every word that is not MASTER for the contrary: the lines are only for those that have
// asked for them (vrrp_notify_two_masters).

// alarmPause is how long nothing more is mailed of one instance's second masters after a mail that there is one: on a
// network that loses packets, they come and go.
const alarmPause = time.Minute

// An alarm is a mail about two masters.
type alarm struct {
	at   time.Time
	peer string // of whom it told; "" if its end was told, too
}

func (n *Notifier) twoMasters(now time.Time, kind string, e VRRPEvent) {
	if n.global.NotifyTwoMasters {
		line := fmt.Sprintf("%s \"%s\" %s %d %s %d", kind, e.Name, e.State, e.Priority, e.Peer, e.PeerPriority)
		if e.State != TwoMasters {
			line += fmt.Sprintf(" %.3f", e.Lasted.Seconds())
		}
		n.writeFIFOs(line)
	}
	// Nobody wants a mail whenever a router that is preferred comes back.
	if !e.Config.SMTPAlert || e.State == GaveWay {
		return
	}
	key, peer := kind+" "+e.Name, e.Peer.String()
	last := n.alarms[key]
	subject := "VRRP Instance " + e.Name
	switch {
	case e.State == TwoMasters && (last.at.IsZero() || now.Sub(last.at) >= alarmPause):
		n.alarms[key] = alarm{now, peer}
		n.mail(subject+" - Two masters", fmt.Sprintf("=> %s with priority %d is master as well <=", peer, e.PeerPriority))
	case e.State == TwoMastersOver && last.peer == peer:
		n.alarms[key] = alarm{last.at, ""}
		n.mail(subject+" - One master again", fmt.Sprintf("=> %s with priority %d was master as well for %.3f s <=",
			peer, e.PeerPriority, e.Lasted.Seconds()))
	}
}
