package main

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"holdfast/ipvs/admin"
)

func TestLVSWithoutAKernel(t *testing.T) {
	for _, v := range []invocation{
		{[]string{"lvs", "--help"}, 0, "-t, --tcp-service HOST:PORT", ""},
		{[]string{"lvs", "-h"}, 0, "Exit status, as ipvsadm's:\n", ""},
		{[]string{"help", "lvs"}, 0, "--tun-remcsum", ""},
		{[]string{"lvs", "-A"}, 2, "", "holdfast lvs: -A needs a service: -t, -u, --sctp-service or -f\n"},
		{[]string{"lvs", "-Q"}, 255, "", "holdfast lvs: there is no option -Q\n"},
		{[]string{"lvs", "add"}, 255, "", "holdfast lvs: the first word has to be a command"},
	} {
		v.run(t)
	}
	// The machine of the tests may have IPVS, and then the table is shown.
	if _, err := os.Stat("/proc/net/ip_vs"); errors.Is(err, syscall.ENOENT) {
		invocation{[]string{"lvs", "-L", "-n"}, 2, "", "holdfast lvs: "}.run(t)
	}
}

// First come the commands, and then the options, every one of which the manual has.
func TestLVSCompletion(t *testing.T) {
	_, first, _ := command("", "__complete", "lvs", "")
	_, then, _ := command("", "__complete", "lvs", "-A", "-")
	page := strings.ReplaceAll(manual(commands(terminal{})), `\-`, "-")
	for _, w := range admin.Words() {
		if w.Help == "" || w.Long == "" {
			continue
		}
		offered, other := then, first
		if w.Command {
			offered, other = first, then
		}
		if !strings.Contains(offered, "--"+w.Long+"\t") || strings.Contains(other, "--"+w.Long+"\t") {
			t.Errorf("--%s is not offered where it may stand", w.Long)
		}
		if !strings.Contains(page, "--"+w.Long) {
			t.Errorf("--%s is not in the manual page", w.Long)
		}
	}
}
