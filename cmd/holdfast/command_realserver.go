package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/spf13/cobra"

	"holdfast/internal/realserver"
)

// statusAmiss is the exit status of realserver when something is wrong with the host.
const statusAmiss = 1

// realserverFlags are the options of realserver.
type realserverFlags struct {
	tun, dryRun, runtime, all bool
	tunType                   string
	tunPort                   uint16
	tunCsum                   string
	ports                     []string
	format                    *string
}

// realserverCommand makes this host a real server, undoes it, and says what is wrong with one.
func realserverCommand() *cobra.Command {
	c := &cobra.Command{
		Use:        "realserver apply|check|remove VIP...",
		SuggestFor: []string{"real-server", "rs"},
		Short:      "make this host a real server for direct routing or a tunnel, or say what is wrong with it",
		Long: "On a host behind a director: apply gives it virtual addresses without its neighbours noticing, on lo for " +
			"direct routing (lvs_method DR) and on the interface of the tunnel for TUN, now and at every boot; " +
			"remove takes them away and restores what apply has changed, and nothing else; check says what is wrong, " +
			"a line each, without addresses about those that were applied. Each may be repeated.\n\n" +
			"Exit status:\n  0  done, and nothing is wrong\n  1  something is wrong with the host\n" +
			"  2  something could not be done, or realserver was called wrongly",
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return []string{"apply\tserve virtual addresses", "check\tsay what is wrong", "remove\tserve them no more"},
				cobra.ShellCompDirectiveNoFileComp
		},
	}
	var f realserverFlags
	c.Flags().BoolVar(&f.tun, "tun", false, "packets come through a tunnel (lvs_method TUN)")
	c.Flags().StringVar(&f.tunType, "tun-type", "ipip", "how it wraps them: ipip, gue or gre; implies --tun")
	c.Flags().Uint16Var(&f.tunPort, "tun-port", 0, "the port of a gue")
	c.Flags().StringVar(&f.tunCsum, "tun-csum", "", "this host's address that GRE with checksums comes to (type gre csum)")
	c.Flags().StringSliceVar(&f.ports, "port", nil, "a port on which something has to listen; may be repeated")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "print what would be done, as commands, and do nothing")
	c.Flags().BoolVar(&f.runtime, "runtime", false, "not for the next boot")
	c.Flags().BoolVar(&f.all, "all", false, "remove: all addresses that were applied")
	_ = c.RegisterFlagCompletionFunc("tun-type",
		cobra.FixedCompletions([]string{"ipip", "gue", "gre"}, cobra.ShellCompDirectiveNoFileComp))
	f.format = formatsAs(c, "o", "text", "json")
	c.RunE = func(c *cobra.Command, args []string) error {
		site, err := realserver.Here()
		if err != nil {
			return err
		}
		return f.run(c, site, args[0], args[1:])
	}
	return c
}

func (f *realserverFlags) run(c *cobra.Command, site *realserver.Site, action string, words []string) error {
	m, err := f.method(c)
	if err != nil {
		return err
	}
	vips, err := parseEach(words, realserver.ParseAddr)
	if err != nil {
		return err
	}
	ports, err := parseEach(f.ports, realserver.ParsePort)
	if err != nil {
		return err
	}
	site.DryRun, site.Runtime = f.dryRun, f.runtime
	site.Told = func(line string) {
		if *f.format == "text" {
			fmt.Fprintln(c.OutOrStdout(), line)
		}
	}
	switch action {
	case "apply":
		return f.apply(c, site, vips, m, ports)
	case "check":
		w, err := f.wished(c, site, vips, m)
		if err != nil {
			return err
		}
		return f.check(c, site, w, ports)
	case "remove":
		return f.remove(site, vips)
	}
	return fmt.Errorf("%q: want apply, check or remove", action)
}

func parseEach[T any](words []string, parse func(string) (T, error)) (list []T, err error) {
	for _, w := range words {
		v, err := parse(w)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// method is the one that the options say.
func (f *realserverFlags) method(c *cobra.Command) (m realserver.Method, err error) {
	if !f.tun && !c.Flags().Changed("tun-type") {
		if f.tunPort != 0 {
			return m, errors.New("--tun-port is for --tun-type gue")
		}
		if f.tunCsum != "" {
			return m, errors.New("--tun-csum is for --tun-type gre")
		}
		return m, nil
	}
	if m.Type, err = realserver.ParseType(f.tunType); err != nil {
		return m, err
	}
	if m.Port = f.tunPort; (m.Port != 0) != (m.Type == realserver.GUE) {
		return m, errors.New("--tun-port is for --tun-type gue, which needs it")
	}
	if f.tunCsum == "" {
		return m, nil
	}
	if m.Type != realserver.GRE {
		return m, errors.New("--tun-csum is for --tun-type gre: the others need nothing for checksums")
	}
	if m.Checked, err = realserver.ParseAddr(f.tunCsum); err != nil {
		return m, fmt.Errorf("--tun-csum: %w", err)
	}
	return m, nil
}

func (f *realserverFlags) apply(
	c *cobra.Command, site *realserver.Site, vips []netip.Addr, m realserver.Method, ports []uint16,
) error {
	if len(vips) == 0 {
		return errors.New("apply needs a virtual address")
	}
	if err := site.Change(func(w realserver.Wish) realserver.Wish { return w.With(vips, m) }); err != nil {
		return err
	}
	if site.UnitDir == "" && !f.runtime {
		fmt.Fprintln(c.ErrOrStderr(), c.CommandPath()+
			": this network namespace is not the machine's: nothing is kept over a reboot")
	}
	if f.dryRun {
		return nil
	}
	// What it does not change may be wrong all the same: a virtual address on another interface.
	return f.check(c, site, realserver.Wish{}.With(vips, m), ports)
}

func (f *realserverFlags) remove(site *realserver.Site, vips []netip.Addr) error {
	if (len(vips) > 0) == f.all {
		return errors.New("remove needs virtual addresses, or --all")
	}
	before, err := site.Wish()
	if err != nil {
		return err
	}
	known := func(a netip.Addr) bool {
		return slices.ContainsFunc(before, func(e realserver.Entry) bool { return e.Addr == a })
	}
	for _, a := range vips {
		if !known(a) {
			return fmt.Errorf("%s was not applied here: it stays as it is", a)
		}
	}
	return site.Change(func(w realserver.Wish) realserver.Wish {
		if f.all {
			return nil
		}
		return w.Without(vips)
	})
}

// wished is what check is about: addresses that are named, those with the method they were applied with unless
// one is named; or all that were applied.
func (f *realserverFlags) wished(
	c *cobra.Command, site *realserver.Site, vips []netip.Addr, m realserver.Method,
) (realserver.Wish, error) {
	applied, err := site.Wish()
	if err != nil {
		return nil, err
	}
	if len(vips) == 0 {
		if len(applied) == 0 {
			return nil, errors.New("no virtual address is given, and none was applied here")
		}
		return applied, nil
	}
	w := realserver.Wish{}.With(vips, m)
	if f.tun || c.Flags().Changed("tun-type") {
		return w, nil
	}
	for _, e := range applied.Only(vips) {
		w = w.With([]netip.Addr{e.Addr}, e.Method)
	}
	return w, nil
}

// check tells what is wrong on standard output.
func (f *realserverFlags) check(
	c *cobra.Command, site *realserver.Site, w realserver.Wish, ports []uint16,
) error {
	h, err := site.Machine.Look()
	if err != nil {
		return err
	}
	problems := realserver.Check(w, h, ports)
	if *f.format == "json" {
		err = writeProblems(c, problems)
	}
	for _, p := range problems {
		if *f.format == "text" {
			fmt.Fprintln(c.OutOrStdout(), p.Text)
		}
	}
	if err == nil && len(problems) > 0 {
		return status(statusAmiss)
	}
	return err
}

func writeProblems(c *cobra.Command, problems []realserver.Problem) error {
	type problem struct {
		Address   string `json:"address,omitempty"`
		Interface string `json:"interface,omitempty"`
		Problem   string `json:"problem"`
	}
	list := []problem{}
	for _, p := range problems {
		one := problem{Interface: p.Link, Problem: p.Text}
		if p.Addr.IsValid() {
			one.Address = p.Addr.String()
		}
		list = append(list, one)
	}
	e := json.NewEncoder(c.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(list)
}
