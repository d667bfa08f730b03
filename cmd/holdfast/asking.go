package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/internal/api"
	"holdfast/internal/statefile"
	"holdfast/internal/super"
	vrrpengine "holdfast/vrrp/engine"
)

// The exit statuses of commands that ask the daemon, beside statusUsage.
const (
	statusNo         = 1
	statusNotRunning = 3
)

// An asking is which daemon is asked.
type asking struct{ socket, pid string }

// askingFlags adds the options that say it.
func askingFlags(c *cobra.Command) *asking {
	a := &asking{}
	c.Flags().StringVar(&a.socket, "socket", "", "ask the daemon that listens there (its --api-socket)")
	c.Flags().StringVarP(&a.pid, "pid", "p", "", "ask the daemon with this pid file (its -p)")
	return a
}

// path is the socket of the daemon that is meant: the one named, else the one that answers.
func (a *asking) path() (string, error) {
	switch {
	case a.socket != "":
		return a.socket, nil
	case a.pid != "":
		file, err := filepath.Abs(a.pid)
		return super.APISocket(file), err
	}
	all := super.APISockets()
	var live []string
	for _, path := range all {
		if (api.Client{Path: path}).Answers() {
			live = append(live, path)
		}
	}
	switch {
	case len(live) == 0 || live[0] == all[0]:
		return all[0], nil
	case len(live) == 1:
		return live[0], nil
	}
	return "", fmt.Errorf("several daemons run, say which one is meant with --socket: %s", strings.Join(live, ", "))
}

// ask asks the daemon and decodes the answer, which is also given as it came. When none runs it says what was left
// of one, and err is the exit status.
func (a *asking) ask(c *cobra.Command, what string, into any) (raw json.RawMessage, err error) {
	return a.demand(c, func(d api.Client, raw *json.RawMessage) error {
		_, err := d.Get(what, raw)
		return err
	}, into)
}

// demand is ask with a request of its own.
func (a *asking) demand(c *cobra.Command, request func(api.Client, *json.RawMessage) error, into any) (
	raw json.RawMessage, err error) {
	path, err := a.path()
	if err != nil {
		return nil, err
	}
	err = request(api.Client{Path: path}, &raw)
	if err == nil {
		if err = json.Unmarshal(raw, into); err != nil {
			err = fmt.Errorf("answer of the daemon: %w", err)
		}
		return raw, err
	}
	if !errors.Is(err, api.ErrNotRunning) {
		return nil, err
	}
	for _, file := range []string{a.pid, super.Place{}.PIDFile("keepalived")} {
		if d, err := super.DaemonOf(file); err == nil {
			d.Close()
			return nil, fmt.Errorf("process %d runs and does not listen on %s: it was started with --api-socket, "+
				"or is of an earlier version", d.PID, path)
		}
		if a.pid != "" || a.socket != "" {
			break
		}
	}
	n := notRunning{Socket: path, Left: left(path)}
	if f := c.Flag("format"); f != nil && f.Value.String() == "json" {
		text, err := json.Marshal(n)
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(c.OutOrStdout(), string(text))
	} else {
		n.write(c.OutOrStdout())
	}
	return nil, status(statusNotRunning)
}

// notRunning is what there is to say when no daemon runs.
type notRunning struct {
	Running bool     `json:"running"` // false
	Socket  string   `json:"socket"`
	Left    []string `json:"left"` // addresses that are still there, and what could not be looked at
}

func (n notRunning) write(w io.Writer) {
	fmt.Fprintf(w, "not running: nobody listens on %s\n", n.Socket)
	for _, l := range n.Left {
		fmt.Fprintln(w, "left behind: "+l)
	}
}

// left is what a daemon that was killed has left on this host.
func left(socket string) []string {
	dir := filepath.Dir(socket)
	if dir == filepath.Dir(super.APISockets()[0]) {
		dir = filepath.Dir(super.Place{}.PIDFile("keepalived"))
	}
	all := []string{}
	lives, err := statefile.Left(dir, "addresses")
	if err != nil {
		all = append(all, "not all can be known: "+strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	for _, l := range lives {
		for _, line := range l.Lines {
			dev, prefix, is := vrrpengine.RecordedAddress(line)
			if is && onInterface(dev, prefix.String()) {
				all = append(all, fmt.Sprintf("address %v on %s", prefix, dev))
			}
		}
	}
	tables, _ := statefile.Left(dir, "ipvs") // as above
	for _, l := range tables {
		if len(l.Lines) > 0 {
			all = append(all, fmt.Sprintf("services in the IPVS table, as far as nobody has removed them: %s lists %d",
				l.Path, len(l.Lines)))
		}
	}
	return all
}

func onInterface(dev, prefix string) bool {
	link, err := net.InterfaceByName(dev)
	if err != nil {
		return false
	}
	addrs, err := link.Addrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if a.String() == prefix {
			return true
		}
	}
	return false
}
