package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/api"
	"holdfast/internal/override"
	"holdfast/internal/overview"
	"holdfast/internal/state"
)

func weightCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "weight SERVER [SERVICE] N",
		Short: "give a real server another weight than that of the configuration",
		Long: "N is the weight, or default. It counts in place of that of the configuration and what checks make of it.\n" +
			overrideHelp + changeStatus,
		Args: cobra.RangeArgs(2, 3),
	}
	which, lasts := askingFlags(c), lasting(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		server, service := named(args[:len(args)-1])
		o := api.Order{Verb: "weight", Name: server, Service: service, Seconds: lasts.Seconds()}
		word := args[len(args)-1]
		if word != "default" {
			n, err := strconv.Atoi(word)
			if err != nil || n < 0 || n > override.MaxWeight {
				return fmt.Errorf("weight %s: want a number from 0 to %d, or default", word, override.MaxWeight)
			}
			o.Weight = &n
		}
		all, err := which.order(c, o)
		if err == nil && o.Weight != nil {
			said(c, all)
		} else if err == nil {
			ended(c, all)
		}
		return err
	}
	return c
}

func maintenanceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "maintenance on|off NAME",
		Short: "keep virtual routers from being master",
		Long: "NAME is a vrrp_instance, a vrrp_sync_group or all. A master gives its addresses up as at a stop, with an\n" +
			"advert of priority 0, and is a backup that takes nothing over while it lasts; a sync group goes as a\n" +
			"whole. Its state is MAINTENANCE in holdfast status; scripts, FIFOs and dump files have BACKUP.\n" +
			overrideHelp + changeStatus,
		Args:      cobra.ExactArgs(2),
		ValidArgs: []string{"on", "off"},
	}
	which, lasts := askingFlags(c), lasting(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		o := api.Order{Verb: "maintenance", Name: args[1], Seconds: lasts.Seconds()}
		switch args[0] {
		case "on":
		case "off":
			o = api.Order{Verb: "resume", Name: args[1]}
		default:
			return fmt.Errorf("maintenance %s: want on or off", args[0])
		}
		all, err := which.order(c, o)
		if err == nil && args[0] == "on" {
			said(c, all)
		} else if err == nil {
			ended(c, all)
		}
		return err
	}
	return c
}

func failoverCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "failover INSTANCE|GROUP|all",
		Short: "have masters hand over to another router, and wait for it",
		Long: "A master gives its addresses up as at a stop and leaves every other master alone for the time, a\n" +
			"minute unless --for says more. If it hears none within its master down interval and two adverts more, it\n" +
			"is master again at once. When the time is over it takes over again if its priority is higher and it\n" +
			"preempts; holdfast maintenance keeps it from that.\n\nExit status:\n  0  others are masters\n" +
			"  1  refused, not master here, or nobody took over\n" +
			"  2  the daemon cannot be asked, or failover was called wrongly" + notRunningHelp,
		Args: cobra.ExactArgs(1),
	}
	which := askingFlags(c)
	lasts := c.Flags().Duration("for", override.FailoverTime, "how long it leaves others alone")
	c.RunE = func(c *cobra.Command, args []string) error {
		before, _, err := which.state(c)
		if err != nil {
			return err
		}
		masters := mastersOf(before, args[0])
		if len(masters) == 0 && overview.Routers(before, args[0]) {
			fmt.Fprintf(c.ErrOrStderr(), "%s: %s is not master here\n", c.CommandPath(), args[0])
			return status(statusNo)
		}
		o := api.Order{Verb: "failover", Name: args[0], Seconds: lasts.Seconds()}
		if _, err := which.order(c, o); err != nil {
			return err
		}
		return which.handedOver(c, masters)
	}
	return c
}

// mastersOf are the masters among the instances that a name means, each with the time that it waits for others: a sync
// group goes as a whole.
func mastersOf(a *state.All, name string) map[string]time.Duration {
	masters := map[string]time.Duration{}
	group := name
	for _, i := range a.Instances {
		if i.Name == name && i.Group != "" {
			group = i.Group
		}
	}
	for _, i := range a.Instances {
		if i.State == "MASTER" && (name == override.All || i.Name == name || i.Group != "" && i.Group == group) {
			masters[i.Name] = time.Duration(i.MasterDown+2*i.AdvertInterval) * time.Millisecond
		}
	}
	return masters
}

// handedOver waits until others are masters in place of some instances, or these are again. Each has the time that it
// waits for others.
func (a *asking) handedOver(c *cobra.Command, masters map[string]time.Duration) error {
	limit, begun, failed := 2*time.Second, time.Now(), false
	for _, d := range masters {
		limit = max(limit, d+2*time.Second)
	}
	for len(masters) > 0 {
		var told struct {
			state.Head
			Instances []state.Instance `json:"instances"`
		}
		if _, err := a.ask(c, "/v1/instances", &told); err != nil {
			return err
		}
		for _, i := range told.Instances {
			if _, waits := masters[i.Name]; !waits {
				continue
			}
			late := time.Since(begun) > limit
			switch {
			case i.State != "MASTER" && i.Master.IsValid() && i.MasterPriority > 0:
				fmt.Fprintf(c.OutOrStdout(), "%s: %v is master with priority %d\n", i.Name, i.Master, i.MasterPriority)
			case late && i.State == "MASTER":
				failed = true
				fmt.Fprintf(c.ErrOrStderr(), "%s: %s: nobody took over; it is master again\n", c.CommandPath(), i.Name)
			case late:
				failed = true
				fmt.Fprintf(c.ErrOrStderr(), "%s: %s: nobody took over; it is %s\n", c.CommandPath(), i.Name, i.State)
			default:
				continue
			}
			delete(masters, i.Name)
		}
		if time.Since(begun) > limit+2*time.Second {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if failed || len(masters) > 0 {
		return status(statusNo)
	}
	return nil
}

func checkNowCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "check-now [SERVER [SERVICE]]",
		Short: "have checks made now that are due later",
		Long: "Checks of the real server are made at once, or of all real servers. holdfast why tells what came of\n" +
			"them.\n\n" +
			changeStatus,
		Args: cobra.MaximumNArgs(2),
	}
	which := askingFlags(c)
	service := c.Flags().String("service", "", "only those of this virtual server")
	c.RunE = func(c *cobra.Command, args []string) error {
		q := url.Values{"service": {*service}}
		for n, key := range []string{"name", "service"}[:len(args)] {
			q.Set(key, args[n])
		}
		var told struct {
			Servers int `json:"servers"`
		}
		if err := which.send(c, http.MethodPost, "/v1/check-now?"+q.Encode(), nil, &told); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "checks of %d real servers are due\n", told.Servers)
		return nil
	}
	return c
}

func logLevelCommand() *cobra.Command {
	words := append(override.Levels(), "default")
	c := &cobra.Command{
		Use:   "log-level [LEVEL]",
		Short: "say how much the daemon logs, or have it log more or less",
		Long: "LEVEL is " + strings.Join(words, ", ") + ". debug has all that -D has too; default is the level\n" +
			"of the command line.\n" + overrideHelp + changeStatus,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: words,
	}
	which, lasts := askingFlags(c), lasting(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return which.level(c)
		}
		o := api.Order{Verb: "log-level", Level: args[0], Seconds: lasts.Seconds()}
		if args[0] == "default" {
			o = api.Order{Verb: "log-level"}
		}
		all, err := which.order(c, o)
		if err == nil && o.Level != "" {
			said(c, all)
		} else if err == nil {
			ended(c, all)
		}
		return err
	}
	return c
}

// level says which level is in force.
func (a *asking) level(c *cobra.Command) error {
	var told struct {
		Overrides []state.Override `json:"overrides"`
	}
	if _, err := a.ask(c, "/v1/overrides", &told); err != nil {
		return err
	}
	for _, o := range told.Overrides {
		if o.Kind == "log" {
			said(c, []state.Override{o})
			return nil
		}
	}
	fmt.Fprintln(c.OutOrStdout(), "log: as the command line has it")
	return nil
}
