package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/api"
	"holdfast/internal/overview"
	"holdfast/internal/state"
)

// silent is for how long no packet may have come before none is believed to come any more. The kernel adds them up
// every two seconds.
const silent = 5 * time.Second

// directorCommand takes this director out of the way of all clients, and puts it back.
func directorCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "director drain|undrain|compare",
		Short: "have clients come by other directors, or say whether all have one table",
		Long: "Of several directors that announce the same addresses (@holdfast announce) it takes this one out, for\n" +
			"work on it: drain withdraws all that it announces, while its table stays and packets that still come find their\n" +
			"servers; routers that can be told so hear first that others are better. undrain announces again what can\n" +
			"serve, at once. holdfast drain SERVER is for a real server.\n" + overrideHelp +
			"With --wait it waits until nothing is announced here and for 5 s no client has sent a packet: connections are\n" +
			"in the table for long after their packets go by others. Then the daemon may be stopped:\n\n" +
			"  holdfast director drain --wait && systemctl stop holdfast\n\n" +
			"A daemon that is started again stays drained; a host that is booted does not.\n\n" +
			"compare says whether directors have the same table of each virtual server with mh or announce: this one and\n" +
			"those behind the word, each a saved holdfast status -o json or its API socket, as it comes here by ssh -L.\n" +
			"Where they have not, it says which of them are behind: told something else than the one whose file is the\n" +
			"newest. The time of a file is when it was written last, as it was when the daemon read it.\n\n" +
			changeStatus + "\n  4  with --wait: the time was over, and packets came\n" +
			"Of compare it is 0 if all have the same, and 1 if not, or if there is nothing to compare.",
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return []string{"drain\twithdraw what is announced", "undrain\tannounce it again",
				"compare\tsay whether tables differ"}, cobra.ShellCompDirectiveNoFileComp
		},
	}
	which, lasts := askingFlags(c), lasting(c)
	wait := c.Flags().Bool("wait", false, "wait until nothing is announced and no packet comes")
	timeout := c.Flags().Duration("timeout", time.Minute, "with --wait, no longer than this")
	c.RunE = func(c *cobra.Command, args []string) error {
		switch what, others := args[0], args[1:]; {
		case what == "compare" && len(others) > 0:
			return which.compare(c, others)
		case what == "compare":
			return errors.New("director compare: want other directors to compare with")
		case what != "drain" && what != "undrain":
			return fmt.Errorf("director %s: want drain, undrain or compare", what)
		case len(others) > 0:
			return fmt.Errorf("director %s %s: want nothing behind %[1]s", what, others[0])
		case what == "undrain":
			all, err := which.order(c, api.Order{Verb: "join"})
			if err == nil {
				ended(c, all)
			}
			return err
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

// compare says whether this director and others have the same tables.
func (a *asking) compare(c *cobra.Command, others []string) error {
	here, _, err := a.state(c)
	if err != nil {
		return err
	}
	all := []overview.Director{{Name: "this director", Told: here}}
	for _, name := range others {
		there := &state.All{}
		is, err := answered(name, "/v1/state", there)
		if err == nil && (!is || there.PID == 0) {
			err = fmt.Errorf("%s: it is no answer of /v1/state", name)
		}
		if err != nil {
			return err
		}
		all = append(all, overview.Director{Name: name, Told: there})
	}
	if !overview.Alike(c.OutOrStdout(), all, styleOf(terminal{}, here.Head, false)) {
		return status(statusNo)
	}
	return nil
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
