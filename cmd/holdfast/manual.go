package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdfast/internal/roff"
	"holdfast/internal/role"
	"holdfast/internal/super"
)

// manualDate is when the text of the manual pages was last changed by hand.
const manualDate = "2026-11-25"

// manual is the manual page of the program, holdfast(8).
func manual(root *cobra.Command) string {
	b, i := roff.Bold, roff.Italic
	var p roff.Page
	p.Title("holdfast", "8", manualDate, "holdfast "+version)
	p.Section("Name")
	p.Text("holdfast - VRRP and LVS daemon that takes keepalived's place")
	p.Section("Synopsis")
	p.Text(b("holdfast") + " [" + i("OPTION") + "...]")
	for _, c := range root.Commands() {
		if !c.Hidden {
			// What stands behind the name in Use are the arguments: "diff OLD NEW".
			name, args, _ := strings.Cut(c.Use, " ")
			p.Paragraph(strings.TrimSpace(b("holdfast "+name) + " " + i(args)))
		}
	}
	p.Section("Description")
	p.Text("holdfast moves virtual addresses between machines with VRRP and keeps the kernel's IPVS table " +
		"true to what health checks say. " +
		"It reads the configuration file of keepalived and takes its options, signals, scripts and packets; " +
		"see " + b("holdfast.conf") + "(5). " +
		"Under the name keepalived it does the same, without subcommands.")
	p.Paragraph("The process that is started supervises two others, one for VRRP and one for IPVS and health checks. " +
		"Each is there only if the " +
		"configuration has something for it, and is started again if it ends by itself.")
	p.Section("Options")
	// Options without help are those of debug builds: taken with a warning, and not listed.
	for _, o := range optionTable() {
		if o.help != "" {
			p.Item(optionTag(o), optionText(o))
		}
	}
	p.Section("Subcommands")
	p.Text("A subcommand is the first word. None of them but " + b("reload") + ", " + b("lvs") + " and " +
		b("realserver") + " needs root or touches the system.")
	for _, c := range root.Commands() {
		if !c.Hidden {
			manualCommand(&p, c)
		}
	}
	manualRest(&p)
	return p.String()
}

func optionTag(o option) string {
	var names []string
	if o.short != 0 {
		names = append(names, roff.Bold("-"+string(o.short)))
	}
	name := roff.Bold("--" + o.long)
	// An optional argument is only found in the same word, so the sign is inside the brackets.
	switch o.arg {
	case requiredArg:
		name += "=" + roff.Italic(o.name)
	case optionalArg:
		name += "[=" + roff.Italic(o.name) + "]"
	}
	return strings.Join(append(names, name), ", ")
}

func optionText(o option) string {
	text := strings.TrimSuffix(strings.ReplaceAll(o.help, "\n", " "), ".") + "."
	// Such an option is refused with status 1 (cli 1).
	if o.set == nil {
		text += " Not supported yet."
	}
	return text
}

func manualCommand(p *roff.Page, c *cobra.Command) {
	p.Subsection("holdfast " + c.Use)
	text := c.Long
	if text == "" {
		text = strings.ToUpper(c.Short[:1]) + c.Short[1:] + "."
	}
	// The first paragraph flows. What comes behind it keeps its lines, as exit statuses do.
	prose, list, _ := strings.Cut(text, "\n\n")
	p.Text(prose)
	if list != "" {
		p.Example(list)
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		// Every subcommand has it, with the same meaning.
		if f.Name == "help" || f.Hidden {
			return
		}
		tag := roff.Bold("--" + f.Name)
		if f.Shorthand != "" {
			tag = roff.Bold("-"+f.Shorthand) + ", " + tag
		}
		// A flag has no name for its argument: its own stands for it, --format=FORMAT.
		if f.Value.Type() != "bool" {
			tag += "=" + roff.Italic(strings.ToUpper(f.Name))
		}
		p.Item(tag, strings.ToUpper(f.Usage[:1])+f.Usage[1:]+".")
	})
}

// manualRest is what no table knows.
func manualRest(p *roff.Page) {
	b, i := roff.Bold, roff.Italic
	p.Section("Signals")
	p.Text("To the supervising process, whose number is in the pid file:")
	p.Item(b("TERM")+", "+b("INT"), "Stop: give up the addresses and take our entries out of the IPVS table.")
	p.Item(b("HUP"), "Read the configuration again. "+
		"If it cannot be run, or a part refuses it, everything stays as it was.")
	p.Item(b("USR1"), "Write the state to "+i("/tmp/keepalived.data")+", "+
		i("/tmp/keepalived_check.data")+" and "+i("/tmp/keepalived_parent.data")+".")
	p.Item(b("USR2"), "Write the counters to "+i("/tmp/keepalived.stats")+".")
	p.Item(b("RTMIN+2"), "Write virtual routers and counters as JSON to "+i("/tmp/keepalived.json")+".")
	p.Text("Option " + b("--signum") + " tells the numbers, for scripts.")
	p.Section("Exit status")
	p.Text("Of the daemon: 0 after a stop, or if it is running already; 1 when it could not start; " +
		"2 with a configuration that cannot be run; 6 without a configuration file.")
	p.Paragraph("Of option " + b("-t") + ": 0 without findings that count, or if the file is missing; " +
		"4 for something that keeps it from running; 5 for any other finding that counts, " +
		"warnings too; 6 for a missing file that had to be there, or scripts without enable_script_security; " +
		"2 for a missing argument.")
	p.Section("Files")
	p.Item(i(defaultConfig), "The configuration.")
	// From the table of roles, so that a role that is added to it is named here too.
	var others []string
	for _, r := range role.All() {
		others = append(others, i(r.PIDFile))
	}
	p.Item(i(super.Place{}.PIDFile("keepalived")), "The number of the supervising process; "+
		strings.Join(others, " and ")+" have those of the others. With "+b("use_pid_dir")+", "+b("instance")+" or "+
		b("net_namespace")+" they are in "+i("/run/keepalived")+", in a directory called after the namespace, with _ and "+
		"the instance behind the name.")
	p.Section("Environment")
	p.Item(b("TMPDIR"), "Where dumps and the default log file go, if it is an absolute path of a directory; "+
		"else "+i("/tmp")+".")
	p.Item(b("NOTIFY_SOCKET"), "Where systemd is told about start, reload and stop.")
	p.Section("See also")
	p.Text(b("holdfast.conf") + "(5), " + b("ipvsadm") + "(8), " + b("systemd.service") + "(5)")
}
