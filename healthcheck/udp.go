package healthcheck

import (
	"context"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/healthcheck/reason"
	"holdfast/internal/report"
)

// udpKind is UDP_CHECK.
func udpKind() *Kind { return &Kind{Probe: probeUDP, Dump: dumpUDP, UsualDelay: time.Second} }

// udpText is what is sent when there is no payload: the 32 bytes that keepalived sends.
const udpText = "keepalived check - keepalived ch"

// probeUDP sends one datagram. An ICMP error fails, the first answer decides, and silence
// passes unless require_reply says otherwise (semantics 10.11).
func probeUDP(ctx context.Context, _ Prober, t Target) attempt.Outcome {
	want := t.Checker.UDP
	// Under a firewall mark a real server may have port 0 (semantics 8.5).
	if t.Checker.Connect.Port() == 0 {
		return udpFailure(t, reason.Reason{Code: reason.NotConnected, Text: "there is no port 0"})
	}
	d, err := openDatagram(ctx, &t.Checker, unix.SOCK_DGRAM, unix.IPPROTO_UDP, true)
	if err != nil {
		return udpFault(t, err)
	}
	defer d.close()
	payload := want.Payload
	if payload == nil {
		payload = []byte(udpText)
	}
	if err := d.send(payload); err != nil {
		return udpFault(t, err)
	}
	// At least one byte, also where nobody looks at the answer.
	buf := make([]byte, max(len(want.Reply), 1))
	n, err := d.receive(buf)
	switch {
	case err == nil:
		// n is the length of the datagram, also of one that the buffer has no room for.
		return judgeReply(t, buf[:min(n, len(buf))], n)
	case timedOut(err) && !want.RequireReply && ctx.Err() == nil:
		// Without ctx.Err the end of an attempt that is given up would pass.
		return attempt.Outcome{Verdict: attempt.Passed}
	}
	return udpFault(t, err)
}

// judgeReply looks at an answer of n bytes and at how it begins. Without a pattern every answer
// passes, whatever its length; with one, as much is compared as both have, as 2.2.7 does it.
func judgeReply(t Target, b []byte, n int) attempt.Outcome {
	want := t.Checker.UDP
	if want.Reply == nil {
		return attempt.Outcome{Verdict: attempt.Passed}
	}
	if n < int(want.MinReply) || n > int(want.MaxReply) {
		return udpFailure(t, reason.Reason{
			Code: reason.Length, Number: n,
			Want: strconv.Itoa(int(want.MinReply)) + " to " + strconv.Itoa(int(want.MaxReply)),
		})
	}
	for i, c := range b {
		// A bit that is 0 in the mask may be anything.
		if (c^want.Reply[i])&want.Mask[i] != 0 {
			return udpFailure(t, reason.Reason{Code: reason.OtherReply, Number: i + 1})
		}
	}
	return attempt.Outcome{Verdict: attempt.Passed}
}

func udpFault(t Target, err error) attempt.Outcome {
	why, note := unconnected(err, t.Checker.ConnectTimeout)
	if why.Code == reason.NotTried {
		return untried("UDP socket bind failed. Rescheduling.", why, note)
	}
	return udpFailure(t, why)
}

func udpFailure(t Target, why reason.Reason) attempt.Outcome {
	return fail("UDP connection to "+t.Server+" failed.", why)
}

// dumpUDP writes what is sent and what has to come.
func dumpUDP(d *report.Page, s lvs.CheckerStatus, g config.Global) {
	dumpMethod(d, s, g)
	u := s.Config.UDP
	if u.Payload == nil {
		d.Line(3, "Payload specified", report.YesNo(false))
	} else {
		d.Line(3, "Payload len", len(u.Payload))
	}
	d.Line(3, "Require reply", report.YesNo(u.RequireReply))
	if !u.RequireReply {
		return
	}
	d.Line(5, "Min reply length", u.MinReply)
	d.Line(5, "Max reply length", u.MaxReply)
	d.Line(5, "Reply data len", len(u.Reply))
	if u.Reply != nil {
		masked := slices.ContainsFunc(u.Mask, func(bits byte) bool { return bits != 0xff })
		d.Line(5, "Reply data mask", report.YesNo(masked))
	}
}
