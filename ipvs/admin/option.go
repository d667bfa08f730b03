package admin

import (
	"fmt"
	"slices"
	"strings"
)

// Exit statuses of ipvsadm.
const (
	statusAbsent  = 1   // the service that was to be shown is not there
	statusUsage   = 2   // a command line that makes no sense
	statusRefused = 255 // by the kernel; and a word that is no option
)

// An Error is why a command was not carried out, and the exit status for it, which is ipvsadm's.
type Error struct {
	Status int
	Text   string
}

func (e *Error) Error() string { return e.Text }

func misuse(format string, a ...any) error {
	return &Error{Status: statusUsage, Text: fmt.Sprintf(format, a...)}
}

// argument says whether an option has one.
type argument uint8

const (
	none argument = iota
	required
	optional // the next word unless it begins with "-"
)

// on is a set of actions.
type on uint32

func of(actions ...Action) (set on) {
	for _, a := range actions {
		set |= 1 << a
	}
	return set
}

func (o on) has(a Action) bool { return o>>a&1 != 0 }

// An option is a row of the table of options.
type option struct {
	long, short string
	arg         argument
	value       string // what its argument is called
	help        string
	// of a command
	command bool
	action  Action
	// of an option of commands
	group string // what may stand once: -t and -u are both a service
	on    on
}

// name is how the option is called in messages.
func (o option) name() string {
	if o.short != "" {
		return "-" + o.short
	}
	return "--" + o.long
}

// options is the table of all words with a dash. It is made when it is asked for: the program has other things to do.
func options() []option {
	return slices.Concat(commandOptions(), serviceOptions(), destOptions(), viewOptions(), daemonOptions())
}

func commandOptions() []option {
	command := func(long, short string, a Action, help string) option {
		return option{long: long, short: short, command: true, action: a, help: help}
	}
	daemon := func(long string, a Action, help string) option {
		return option{long: long, command: true, action: a, arg: required, value: "master|backup", help: help}
	}
	return []option{
		command("add-service", "A", AddService, "add a virtual service"),
		command("edit-service", "E", EditService, "change a virtual service"),
		command("delete-service", "D", DeleteService, "delete a virtual service with its real servers"),
		command("add-server", "a", AddDest, "add a real server"),
		command("edit-server", "e", EditDest, "change a real server"),
		command("delete-server", "d", DeleteDest, "delete a real server"),
		command("list", "L", List, "show the table, or one service of it"),
		command("", "l", List, ""),
		command("zero", "Z", Zero, "set counters to 0"),
		command("clear", "C", Flush, "delete everything"),
		command("save", "S", Save, "write the table as commands"),
		command("restore", "R", Restore, "carry out the commands on standard input"),
		command("set", "", SetTimeouts, "set the idle times of connections: TCP, TCP after FIN, UDP; 0 leaves one"),
		daemon("start-daemon", StartDaemon, "start a daemon that tells of connections, or hears of them"),
		daemon("stop-daemon", StopDaemon, "stop one"),
		command("help", "h", Help, "tell about this subcommand"),
	}
}

// flag is an option without an argument, with one with one that it needs. Both are groups of their own.
func flag(long, short string, on on, help string) option {
	return option{long: long, short: short, group: long, on: on, help: help}
}

func with(long, short, value string, on on, help string) option {
	return option{long: long, short: short, arg: required, value: value, group: long, on: on, help: help}
}

// in makes the option one of a group, of which one may stand.
func (o option) in(group string) option { o.group = group; return o }

func serviceOptions() []option {
	named := of(AddService, EditService, DeleteService, AddDest, EditDest, DeleteDest, Zero, List)
	services := of(AddService, EditService)
	persistent := with("persistent", "p", "SECONDS", services,
		"a client stays with its server for so long; 360 by default")
	persistent.arg = optional
	return []option{
		with("tcp-service", "t", "HOST:PORT", named, "a service of TCP").in("service"),
		with("udp-service", "u", "HOST:PORT", named, "a service of UDP").in("service"),
		with("sctp-service", "", "HOST:PORT", named, "a service of SCTP").in("service"),
		with("fwmark-service", "f", "MARK", named, "what a firewall has marked so").in("service"),
		flag("ipv6", "6", named, "the mark is for IPv6"),
		with("scheduler", "s", "NAME", services, "how a server is chosen; wlc by default"),
		with("sched-flags", "b", "FLAGS", services, "flags of the scheduler, between commas"),
		persistent,
		with("netmask", "M", "MASK", services, "clients that are alike: 255.255.255.0, or a prefix of IPv6"),
		with("pe", "", "ENGINE", services, "persistence engine: sip"),
		flag("ops", "o", services, "choose a server for each packet (UDP)"),
	}
}

func destOptions() []option {
	dests := of(AddDest, EditDest)
	const method, checksum = "forwarding method", "tunnel checksum"
	return []option{
		with("real-server", "r", "HOST[:PORT]", dests|of(DeleteDest), "the real server"),
		flag("gatewaying", "g", dests, "direct routing (DR), the default").in(method),
		flag("ipip", "i", dests, "a tunnel (TUN)").in(method),
		flag("masquerading", "m", dests, "address translation (NAT)").in(method),
		with("weight", "w", "N", dests, "share of the connections; 1 by default, 0 takes no new ones"),
		with("u-threshold", "x", "N", dests, "no new ones from so many connections on"),
		with("l-threshold", "y", "N", dests, "and again below so many"),
		with("tun-type", "", "TYPE", dests, "ipip, gue or gre"),
		with("tun-port", "", "PORT", dests, "where the gue is sent"),
		flag("tun-nocsum", "", dests, "a tunnel without checksum").in(checksum),
		flag("tun-csum", "", dests, "with one").in(checksum),
		flag("tun-remcsum", "", dests, "with one that is filled in at the far end (gue)").in(checksum),
	}
}

func viewOptions() []option {
	list, both := of(List), of(List, Save)
	return []option{
		flag("numeric", "n", both, "no names of hosts and services"),
		flag("stats", "", list, "what has passed"),
		flag("rate", "", list, "what passes in a second"),
		flag("exact", "", list, "counters in full"),
		flag("thresholds", "", both, "thresholds of connections; with -S: save them too"),
		flag("persistent-conn", "", list, "clients that are remembered"),
		flag("tun-info", "", list, "how tunnels wrap packets"),
		flag("connection", "c", list, "connections"),
		flag("timeout", "", list, "idle times of connections"),
		flag("daemon", "", list, "daemons that tell of connections, or hear of them"),
		flag("sort", "", list, "the default"),
		flag("nosort", "", list, "as the kernel has them"),
		flag("json", "", list, "as JSON, with everything that is known"),
	}
}

func daemonOptions() []option {
	start := of(StartDaemon)
	return []option{
		with("mcast-interface", "", "INTERFACE", start, "where it sends, or hears; eth0 by default"),
		with("syncid", "", "N", start|of(StopDaemon), "its number, which those that hear have too, or 0, the default"),
		with("sync-maxlen", "", "BYTES", start, "the longest message"),
		with("mcast-group", "", "ADDRESS", start, "the group that is sent to; 224.0.0.81 by default"),
		with("mcast-port", "", "PORT", start, "the port of UDP; 8848 by default"),
		with("mcast-ttl", "", "N", start, "how many routers may be between; 1 by default, no router"),
	}
}

// A Word is an option for those who complete or describe command lines.
type Word struct {
	Long, Short string // without dashes; one may be ""
	Value       string // what its argument is called, "" = it has none
	Help        string
	Command     bool // it is a command, which comes first
}

// Words are all options.
func Words() []Word {
	var words []Word
	for _, o := range options() {
		words = append(words, Word{Long: o.long, Short: o.short, Value: o.value, Help: o.help, Command: o.command})
	}
	return words
}

// found is an option on a command line, with its argument.
type found struct {
	option
	value string
	given bool // of an optional argument
}

// scan reads the words of a command line as popt does: letters may be bundled, an argument may stand behind "=" or
// in the next word, and names are not abbreviated.
func scan(words []string) (opts []found, rest []string, err error) {
	table := options()
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch {
		case word == "--":
			return opts, append(rest, words...), nil
		case strings.HasPrefix(word, "--"):
			name, value, given := strings.Cut(word[2:], "=")
			o := lookup(table, func(o option) bool { return o.long == name && name != "" })
			if o == nil {
				return nil, nil, unknown("--" + name)
			}
			var f found
			if f, words, err = take(*o, "--"+name, value, given, words); err != nil {
				return nil, nil, err
			}
			opts = append(opts, f)
		case len(word) > 1 && word[0] == '-':
			var more []found
			if more, words, err = bundle(table, word[1:], words); err != nil {
				return nil, nil, err
			}
			opts = append(opts, more...)
		default:
			rest = append(rest, word)
		}
	}
	return opts, rest, nil
}

// bundle reads the letters of one word.
func bundle(table []option, letters string, words []string) (opts []found, left []string, err error) {
	for letters != "" {
		letter := letters[:1]
		letters = letters[1:]
		o := lookup(table, func(o option) bool { return o.short == letter })
		if o == nil {
			return nil, nil, unknown("-" + letter)
		}
		value, given := strings.TrimPrefix(letters, "="), letters != ""
		if o.arg == none {
			value, given = "", false
		} else {
			letters = ""
		}
		var f found
		if f, words, err = take(*o, "-"+letter, value, given, words); err != nil {
			return nil, nil, err
		}
		opts = append(opts, f)
	}
	return opts, words, nil
}

func lookup(table []option, is func(option) bool) *option {
	for i := range table {
		if is(table[i]) {
			return &table[i]
		}
	}
	return nil
}

func unknown(name string) error {
	return &Error{Status: statusRefused, Text: "there is no option " + name}
}

// take gives an option its argument, out of the same word or the next one.
func take(o option, name, value string, given bool, words []string) (found, []string, error) {
	f := found{option: o, value: value, given: given}
	switch {
	case o.arg == none && given:
		return f, nil, &Error{Status: statusRefused, Text: name + " takes no argument"}
	case o.arg == none || given:
		return f, words, nil
	case o.arg == required && len(words) == 0:
		return f, nil, &Error{Status: statusRefused, Text: name + " needs an argument: " + o.value}
	case o.arg == optional && (len(words) == 0 || strings.HasPrefix(words[0], "-")):
		return f, words, nil
	}
	f.value, f.given = words[0], true
	return f, words[1:], nil
}
