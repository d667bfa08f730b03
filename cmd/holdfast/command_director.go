package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/api"
	"holdfast/internal/state"
)

// silent is for how long no packet may have come before none is believed to come any more. The kernel adds them up
// every two seconds.
const silent = 5 * time.Second

// directorCommand takes this director out of the way of all clients, and puts it back.
func directorCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "director drain|undrain",
		Short: "have clients come by other directors, and wait until none comes here",
		Long: "Of several directors that announce the same addresses (@holdfast announce) it takes this one out, for\n" +
			"work on it: drain withdraws all that it announces, while its table stays and packets that still come find their\n" +
			"servers; routers that can be told so hear first that others are better. undrain announces again what can\n" +
			"serve, at once. holdfast drain SERVER is for a real server.\n" + overrideHelp +
			"With --wait it waits until nothing is announced here and for 5 s no client has sent a packet: connections are\n" +
			"in the table for long after their packets go by others. Then the daemon may be stopped:\n\n" +
			"  holdfast director drain --wait && systemctl stop holdfast\n\n" +
			"A daemon that is started again stays drained; a host that is booted does not.\n\n" +
			changeStatus + "\n  4  with --wait: the time was over, and packets came",
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{"drain\twithdraw what is announced", "undrain\tannounce it again"},
	}
	which, lasts := askingFlags(c), lasting(c)
	wait := c.Flags().Bool("wait", false, "wait until nothing is announced and no packet comes")
	timeout := c.Flags().Duration("timeout", time.Minute, "with --wait, no longer than this")
	c.RunE = func(c *cobra.Command, args []string) error {
		switch args[0] {
		case "drain":
		case "undrain":
			all, err := which.order(c, api.Order{Verb: "join"})
			if err == nil {
				ended(c, all)
			}
			return err
		default:
			return fmt.Errorf("director %s: want drain or undrain", args[0])
		}
		all, err := which.order(c, api.Order{Verb: "leave", Seconds: lasts.Seconds()})
		if err != nil {
			return err
		}
		said(c, all)
		if *wait {
			return which.untilSilent(c, *timeout)
		}
		return nil
	}
	return c
}

// untilSilent waits until nothing is announced and no client sends packets.
func (a *asking) untilSilent(c *cobra.Command, limit time.Duration) error {
	begun, packets := time.Now(), int64(0)
	var heard time.Time // the last packet, or the moment before which it is not known
	for {
		var told struct {
			state.Head
			Services []state.Service `json:"services"`
		}
		if _, err := a.ask(c, "/v1/services", &told); err != nil {
			return err
		}
		shown, now, left := announcing(told.Services)
		if len(shown) > 0 || now != packets || heard.IsZero() || told.At.Before(begun) {
			heard, packets = told.At, now
		}
		if told.At.Sub(heard) >= silent {
			fmt.Fprintf(c.OutOrStdout(), "nothing is announced, and no packets come; %d connections are left in the table\n",
				left)
			return nil
		}
		if time.Since(begun) > limit {
			what := "packets still come"
			if len(shown) > 0 {
				what = "still announced: " + strings.Join(shown[:min(len(shown), 5)], ", ")
			}
			fmt.Fprintf(c.ErrOrStderr(), "%s: after %s %s\n", c.CommandPath(), limit, what)
			return status(statusLate)
		}
		time.Sleep(min(time.Second/2, max(limit-time.Since(begun), time.Millisecond)))
	}
}

// announcing is what virtual servers that announce something show, how many packets of clients have come for
// them, and how many connections they have.
func announcing(all []state.Service) (shown []string, packets, connections int64) {
	for _, v := range all {
		for _, p := range v.Announced {
			if p.Shown {
				shown = append(shown, p.String())
			}
		}
		if len(v.Announced) == 0 {
			continue
		}
		if v.Packets != nil {
			packets += *v.Packets
		}
		if v.Connections != nil {
			connections += *v.Connections
		}
	}
	return shown, packets, connections
}
