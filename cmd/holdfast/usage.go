package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// version of this program. Releases change it.
const version = "0.1.0"

// compatible is the keepalived whose configuration, command line and wire format this
// program speaks.
const compatible = "2.2.7"

// compatibleDate is the date in what -v of that keepalived begins with.
const compatibleDate = "01/16,2022"

// banner is the first line of the log, and of -v under our own name. Scripts look for
// "Keepalived v2".
func banner() string {
	return fmt.Sprintf("Holdfast v%s (compatible with Keepalived v%s)", version, compatible)
}

// printVersion is -v. Under the name keepalived its first line is keepalived's, to the letter:
// roles, exporters and monitoring cut the version out of it.
func printVersion(w io.Writer, argv0 string) {
	if asKeepalived(argv0) {
		fmt.Fprintf(w, "Keepalived v%s (%s)\n\n", compatible, compatibleDate)
	}
	fmt.Fprintf(w, "%s\n\n", banner())
	fmt.Fprintln(w, "Config options:  LVS VRRP VRRP_AUTH REGEX")
	fmt.Fprintln(w)
	fmt.Fprintln(w, "System options:  SYSTEMD_NOTIFY INIT=systemd")
}

// printUsage lists the options as keepalived does, and under our own name the subcommands.
func printUsage(w io.Writer, argv0 string) {
	fmt.Fprintf(w, "Usage: %s [OPTION...]\n", filepath.Base(argv0))
	for _, o := range optionTable() {
		// Options of debug builds are taken and not shown, as in the manual.
		if o.help == "" {
			continue
		}
		left := "      "
		if o.short != 0 {
			left = fmt.Sprintf("  -%c, ", o.short)
		}
		left += "--" + o.long
		switch o.arg {
		case requiredArg:
			left += "=" + o.name
		case optionalArg:
			left += "[=" + o.name + "]"
		}
		lines := strings.Split(o.help, "\n")
		if o.set == nil {
			lines = append(lines, "(not supported yet)")
		}
		// The help begins in one column; an option that reaches it has a line for itself.
		if len(left) > 30 {
			fmt.Fprintln(w, left)
			left = ""
		}
		for i, l := range lines {
			if i > 0 {
				left, l = "", " "+l
			}
			fmt.Fprintf(w, "%-30s %s\n", left, l)
		}
	}
	// Under that name there are no subcommands to list.
	if asKeepalived(argv0) {
		return
	}
	root := commands(terminal{})
	root.InitDefaultHelpCmd()
	var names []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	fmt.Fprintf(w, "\nSubcommands: %s. holdfast help tells about them.\n", strings.Join(names, ", "))
}
