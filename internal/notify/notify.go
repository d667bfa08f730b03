// Package notify tells others about state changes: notify scripts, FIFOs and
// mail (cli 9).
package notify

import (
	"context"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/runas"
	"holdfast/vrrp"
)

// Role says in which process a Notifier lives.
type Role uint8

// RoleVRRP writes vrrp_notify_fifo and notify_fifo, RoleChecker lvs_notify_fifo and
// notify_fifo.
const (
	RoleVRRP Role = iota
	RoleChecker
)

// Options of a Notifier.
type Options struct {
	Log    *zap.Logger
	Runner *runas.Runner
	Role   Role
}

// A Notifier carries out notifications. VRRP and LVS never block and may be
// called from one goroutine at a time.
type Notifier struct {
	opt Options
}

// New gives a Notifier that tells nobody yet.
func New(o Options) *Notifier { return &Notifier{opt: o} }

// Configure makes c the configuration: it resolves the programs named in it (one that
// is unfit is reported and forgotten, cli 8.7), opens the FIFOs anew (cli 5.5) and
// starts their readers. What was mailed last is kept.
func (n *Notifier) Configure(c *config.Config) {}

// VRRP carries out one notification of an instance or group in keepalived's
// order (cli 9.2): specific script, generic script, FIFO, mail.
func (n *Notifier) VRRP(e vrrp.Notify) {}

// An LVSEvent is one notification of the checker: any of a FIFO line, a script and a
// mail.
type LVSEvent struct {
	// Line is the FIFO line without newline: `RS [10.0.0.1]:tcp:80 [10.1.1.1]:tcp:80 UP`;
	// "" writes none.
	Line string
	// Script is run with its configured arguments; What names it in log lines.
	Script config.Command
	What   string
	// Mail is sent with MailSubject, to which "[router_id] " is put in front, and MailBody.
	Mail        bool
	MailSubject string
	MailBody    string
}

// LVS carries out one notification of the checker in order: script, FIFO, mail.
func (n *Notifier) LVS(e LVSEvent) {}

// Close waits about a second for scripts and mail under way, within ctx, stops the
// FIFO readers and removes the FIFOs that Configure made.
func (n *Notifier) Close(ctx context.Context) {}
