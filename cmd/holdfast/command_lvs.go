package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/internal/netnames"
	"holdfast/internal/super"
	"holdfast/ipvs/admin"
	"holdfast/ipvs/kernel"
)

// statusNoIPVS is the exit status of lvs without a table to show or change.
const statusNoIPVS = 2

// lvsCommand shows and changes the kernel's table in the words of ipvsadm.
func lvsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:        "lvs [COMMAND [OPTION...]]",
		SuggestFor: []string{"ipvsadm", "ipvs", "table"},
		Short:      "show or change the kernel's IPVS table, in ipvsadm's words",
		Long:       lvsHelp(),
		// They are ipvsadm's, which is not how pflag reads: -A -t 10.0.0.1:80 -p.
		DisableFlagParsing: true,
		ValidArgsFunction:  completeLVS,
	}
	c.RunE = func(c *cobra.Command, words []string) error {
		err := runLVS(c, words)
		var told *admin.Error
		if errors.As(err, &told) {
			complain(c, err)
			return status(told.Status)
		}
		return err
	}
	return c
}

// lvsHelp is a paragraph and then what keeps its lines, as the manual wants it.
func lvsHelp() string {
	var b strings.Builder
	b.WriteString("Shows the table of virtual and real servers in the kernel and changes it by hand, with the options " +
		"of ipvsadm and the same output: for ipvsadm -L -n write holdfast lvs -L -n. Without a command the table is " +
		"shown. What a running daemon has made it puts back when it is changed by hand.\n\nOptions:\n")
	for _, w := range admin.Words() {
		if w.Help == "" {
			continue
		}
		name := "    "
		if w.Short != "" {
			name = "-" + w.Short + ", "
		}
		if w.Long != "" {
			name += "--" + w.Long
		}
		if w.Value != "" {
			name += " " + w.Value
		}
		if len(name) > 29 {
			fmt.Fprintf(&b, "  %s\n", name)
			name = ""
		}
		fmt.Fprintf(&b, "  %-29s %s\n", name, w.Help)
	}
	b.WriteString("\nExit status, as ipvsadm's:\n  0    done\n  1    the service that was to be shown is not there\n" +
		"  2    lvs was called wrongly, or there is no IPVS\n  255  refused by the kernel, or no such option")
	return b.String()
}

func runLVS(c *cobra.Command, words []string) error {
	names := &netnames.Names{}
	cmd, err := admin.Parse(words, names)
	if err != nil {
		return err
	}
	if cmd.Action == admin.Help {
		return c.Help()
	}
	h, err := kernel.Open()
	if err != nil {
		return &admin.Error{Status: statusNoIPVS, Text: err.Error()}
	}
	defer h.Close()
	s := admin.Session{
		Kernel: h, Names: names,
		Connections: func() (string, error) {
			text, err := os.ReadFile("/proc/net/ip_vs_conn")
			return string(text), err
		},
		In: c.InOrStdin(), Out: c.OutOrStdout(),
		Warn: func(line string) { fmt.Fprintln(c.ErrOrStderr(), c.CommandPath()+": "+line) },
	}
	err = s.Run(cmd)
	if cmd.Writes() {
		if said := ownerOfTable(); said != "" {
			s.Warn(said)
		}
	}
	return err
}

// ownerOfTable says whose table it is that was changed by hand, "" if it is nobody's.
func ownerOfTable() string {
	usual := super.Place{}.PIDFile("keepalived")
	if file, err := super.OnlyDaemon(func(file string) error {
		d, err := super.DaemonOf(file)
		if err == nil {
			d.Close()
		}
		return err
	}); err == nil {
		usual = file
	}
	if d, err := super.DaemonOf(usual); err == nil {
		defer d.Close()
		return fmt.Sprintf("holdfast runs here (process %d): "+
			"it puts the services of its configuration back as they stand there", d.PID)
	}
	if _, _, err := super.RunningCommand(usual); err == nil {
		return "keepalived runs here and does not hear of changes by hand"
	}
	return ""
}

// completeLVS offers commands first, and then options.
func completeLVS(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var offered []string
	for _, w := range admin.Words() {
		if w.Help == "" || w.Command != (len(args) == 0) {
			continue
		}
		if w.Long != "" {
			offered = append(offered, "--"+w.Long+"\t"+w.Help)
		}
		if w.Short != "" {
			offered = append(offered, "-"+w.Short+"\t"+w.Help)
		}
	}
	return offered, cobra.ShellCompDirectiveNoFileComp
}
