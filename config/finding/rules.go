package finding

import "strings"

// A Rule is what findings with one ID have in common.
type Rule struct {
	ID   string `json:"id"`   // in JSON and SARIF; it does not change
	Help string `json:"help"` // what it means and the way out, one line
}

// A chapter is rules about the same.
type chapter struct{ title, rules string }

func chapters() []chapter {
	return []chapter{
		{"Files, lines, quotes and braces", readingRules},
		{"Values", valueRules},
		{"Names", nameRules},
		{"Keywords", settingRules},
		{"What does not go together", wholeRules},
		{"Advice", adviceRules},
		{"Directors of one network", pairRules},
	}
}

func (c chapter) list() []Rule {
	var out []Rule
	// A rule is "id help" on a line; one that begins with a blank goes on with that help.
	for _, line := range strings.Split(strings.TrimSpace(c.rules), "\n") {
		id, help, _ := strings.Cut(line, " ")
		help = strings.TrimSpace(help)
		if id == "" { // the rest of a help that is too long for a line
			out[len(out)-1].Help += " " + help
			continue
		}
		out = append(out, Rule{id, help})
	}
	return out
}

// Rules lists the rules of all findings: of reading and parsing, of what the keywords
// and their values mean, of what a configuration as a whole lacks, and of advice.
func Rules() []Rule {
	var out []Rule
	// The order is that of docs/findings.md, so that lists of rules can be compared with it.
	for _, c := range chapters() {
		out = append(out, c.list()...)
	}
	return out
}

// Markdown is docs/findings.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("<!-- Made by \"make\" from config/finding/rules.go; do not edit. -->\n\n# Findings\n\n" +
		"What `holdfast check`, `-t` and the log say about a configuration, by the rule that was broken. JSON and " +
		"SARIF name the rule of each\n" +
		"finding; the names do not change. `holdfast explain RULE` tells the same.\n")
	for _, c := range chapters() {
		b.WriteString("\n## " + c.title + "\n\n| rule | meaning |\n| --- | --- |\n")
		for _, r := range c.list() {
			// In a cell `<` would begin a tag of HTML.
			b.WriteString("| `" + r.ID + "` | " + strings.ReplaceAll(r.Help, "<", "&lt;") + " |\n")
		}
	}
	return b.String()
}

// RuleOf finds a rule.
func RuleOf(id string) (Rule, bool) {
	for _, r := range Rules() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

const readingRules = `
bad-include-check            A word of include_check is none of read, match, wildcard_match and brace_match,
                             or is given twice.
bad-loop                     A ~SEQ or ~LST cannot be understood; its line is left out.
block-depth                  Blocks are inside one another more deeply than is read.
bound-bytes                  More text than is read, before or after expansion; the rest is left out.
bound-expansions             More replacements in one line than are made; a definition may refer to itself.
bound-files                  More files than are read.
bound-include-depth          Files include one another more deeply than is read; a file may include itself.
bound-lines                  More lines after expansion than are read.
bound-names                  A pattern of an include stands for more names than are tried.
bound-nesting                Definitions or loops are inside one another more deeply than is read.
bound-work                   Loops and definitions make more text than is read.
byte-order-mark              The file begins with a byte order mark, which keepalived takes for a part of the
                             first word; save it without.
comment-backslash            A comment ends with a backslash, which keepalived 2.2.7 takes for a word of its
                             own; remove it.
comment-in-word              A # or ! inside a word begins a comment; quote the word if it belongs to it.
embedded-nul                 A line has a NUL byte and is left out; the file is damaged or in another encoding.
escaped-comment              \# and \! stay only where the parent process reads; write the word in double quotes.
extra-close-brace            A '}' closes nothing; remove it, or find the '{' that is missing before it.
file-missing                 A file does not exist, or no file matches an include.
file-not-regular             A file is a directory, a device or executable and is not read; chmod a-x it.
file-unreadable              A file cannot be read; the reason is told.
foreign-file                 A file is something else: a template that was not rendered, YAML, JSON, a merge
                             conflict, a binary file.
layout-unsafe                Another layout would change what the file means; fmt leaves it as it is.
line-too-long                A line is longer than is read and left out.
lookalike-character          A character that looks like a quote, a blank or a line end is a part of a word;
                             write what was meant.
long-line                    A line of more than 1022 bytes: keepalived cuts it in two; make it shorter.
missing-close-brace          A block is not closed; add a '}' where the finding says.
missing-open-brace           A block has no '{'; add it behind the keyword and its name.
nested-definition            A definition of several lines stands inside a definition or loop and is left out.
reference-not-last           A reference to several lines must be the last word of its line.
reference-run-together       $NAME is only replaced before a blank, ',' or ')'; write ${NAME}.
too-many-findings            More findings than are told; mend the first ones.
undefined-reference          ${NAME} is not defined before this place and stays as it is written.
unexpected-open-brace        A '{' behind a keyword that opens no block; remove it.
unmatched-quote              A double quote has no second one; the words of the line are lost.
unterminated-quote           A double quote does not end on its line; add the second one.
`

const valueRules = `
extra-address-part           Something behind an address that has no place there, such as a prefix length; it
                             is cut off.
invalid-address              A word is not a numeric IP address; names are not looked up.
invalid-address-range        Two addresses that make no range, or more of them than can be served.
invalid-boolean              A word is none of true, on, yes, false, off and no (lower case).
invalid-command              A command line or pattern cannot be split into words; check its quotes.
invalid-dns-name             A name that DNS does not allow.
invalid-hardware-address     A word is not the hardware address of one interface.
invalid-hex                  A word is not made of pairs of hexadecimal digits, or has too many or too few.
invalid-netmask              A word is neither a netmask nor a prefix length.
invalid-number               A word is not a number; units are not written.
invalid-prefix-length        What stands behind the slash is no prefix length of the family; the full length is used.
invalid-range                Two numbers that make no range.
invalid-status-code          A word is no HTTP status code or range of them.
mixed-families               IPv4 and IPv6 where only one of them can be.
name-too-long                A name is longer than the kernel takes, or has characters it does not take.
no-prefix-length             An address without a prefix length is taken with the full one; write it to say so.
not-multicast                An address must be a multicast address of the family.
number-corrected             A number is replaced by the nearest one that can be used.
number-out-of-range          A number is smaller or larger than can be used; the one before or the default stays.
number-rounded               A number has more decimal places than count.
password-too-long            Only the first 8 characters of auth_pass are used.
unknown-value                A word is none of those that can stand here; they are named.
wrong-family                 A setting of IPv4 for an IPv6 object, or the other way round.
`

const nameRules = `
bad-name                     A block needs a name of exactly one word; quote it if it has blanks.
duplicate-entry              The same entry twice in a list; the second one is left out.
duplicate-name               Two objects have one name; the first one counts.
duplicate-neighbor           Two BFD sessions have one neighbor.
duplicate-real-server        A real server twice in one virtual server; the second one is left out.
duplicate-group-service      Two virtual servers of one protocol use one group: their services are the same in
                             the kernel.
duplicate-service            Two virtual servers have one address, port and protocol; the second one is left out.
duplicate-virtual-router-id  Two virtual routers have one id on one interface and hear each other; give one
                             another id.
interface-missing            An interface does not exist on this host; correct the name, create it, or set
                             dynamic_interfaces.
interface-name-taken         The interface cannot have this name because another has it.
namespace-missing            A network namespace does not exist.
unknown-member               A sync group names a vrrp_instance that is not defined.
unknown-name                 A name is in no table of the host, such as rt_tables.
unknown-script               A vrrp_script is not defined before this place; the tracker is left out.
unknown-server-group         A virtual_server_group is not defined; the virtual server is left out.
unknown-track-group          A track_group is not defined before this place.
unknown-tracker              A track_file, vrrp_track_process or bfd_instance is not defined before this place; for a neighbor of bgp, anywhere.
unknown-user                 A user or group does not exist; its programs are not run.
unknown-vrf                  A VRF does not exist, or the interface is none.
`

const settingRules = `
cannot-be-tracked            A route or rule cannot be watched as it is written; name an interface or write no_track.
command-not-quoted           A command with arguments must be quoted: the words behind it are user and group,
                             without whom it never runs.
deprecated-keyword           The keyword still works; the one to write instead is named.
duplicate-setting            A setting is given twice; the text says which one counts.
empty-block                  A block without entries.
extra-parameters             Words behind a complete statement or where none belong; they are not looked at.
goto-backwards               A rule may only lead to a later one.
incomplete-block             A block lacks a setting without which it is nothing; it is left out.
later-keepalived             Keepalived 2.2.7 takes this for something else; later versions take it as here.
limits-swapped               A lower limit above the upper one.
missing-parameter            A keyword without a word that it must have; keepalived does not start.
missing-value                A word without its value.
no-command                   A script without a command.
not-supported-yet            The keyword is known and has no effect here yet.
own-keyword                  A keyword of holdfast on a line that keepalived reads too; begin the line with @holdfast.
own-id-taken                 The config-id of the host is holdfast, so keepalived would read @holdfast lines there.
keepalived-reads-otherwise   Without the @holdfast lines, as keepalived reads the files, something is wrong.
old-form                     An older form, for which there is a newer one.
option-of-other-scheduler    An option of a scheduler other than the one that is set.
scripts-not-secured          Scripts are run and enable_script_security is not set: whoever can write to one
                             of them is root.
script-not-usable            A program does not exist, cannot be run or can be changed by others; the reason is told.
no-script-user               No user to run a script as: there is no user keepalived_script and no script_user.
sorry-server-order           A setting of the sorry server before sorry_server.
time-too-short               A time of a route is shorter than the shortest that is set; 200 ms are set.
tunnel-settings              Options that the type of tunnel does not have, or lacks.
unknown-keyword              A word is no keyword here; the nearest one, or the block it belongs in, is named.
unknown-option               A word is no option of the keyword.
unknown-word                 A word is none of those of an entry.
unsupported-word             A word that keepalived knows and does not support.
vmac-settings                Settings of virtual MAC interfaces that do not go together.
word-swallowed               A keyword takes the next word with it; write it last.
words-exclude-each-other     A rule or route can have only one of some words.
`

const wholeRules = `
accept-without-effect        accept is for version 3.
address-of-two-routers       Two virtual routers have one address and take it from each other.
advert-interval-rounded      The advertisement interval cannot be had in this version.
authentication-ignored       Version 3, strict mode and IPv6 have no authentication.
first-address-not-link-local The first address of an IPv6 virtual router that multicasts should be a link-local one.
authentication-without-password  An authentication block without auth_pass has no effect.
ca-verifies                  A server is down whose certificate the ca of SSL does not vouch for; keepalived takes any.
check-without-port           A checker has no port to connect to; write connect_port.
default-forwarding-method    A virtual server without lb_kind is NAT.
default-preference           A rule without a preference gets the next free one.
default-protocol             A virtual server without protocol is UDP.
default-scheduler            A virtual server without lb_algo uses wlc.
group-of-one                 A sync group with one member does nothing.
group-without-members        A sync group without members is left out.
ha-suspend-without-address   ha_suspend follows an address; a firewall mark has none.
hmac-key-file                A key of auth_hmac cannot be read from its file, or others than its owner can.
header-file                  A file with headers or a password cannot be read, is not as it has to be, or others can read it.
hmac-key-length              A key of auth_hmac is too short or too long.
hmac-without-key             auth_hmac has no key to sign with.
hysteresis-over-quorum       hysteresis must be smaller than quorum.
link-delay-too-long          A delay of an interface is longer than the other routers wait; a shorter one is taken.
loopback-interface           The directors do not hear each other on lo; name the interface they share.
member-of-two-groups         A virtual router can be in one sync group only.
reload-time                  The file of reload_time_file names no time to come: no reload takes place.
ssl-file                     A file of the SSL block cannot be used; the reason is told.
no-address                   A virtual router without an address.
no-interface                 A virtual router without an interface cannot run.
no-real-servers              A virtual server without real servers is left out.
no-virtual-router-id         A virtual router without an id cannot run.
nopreempt-without-effect     nopreempt works only where state is BACKUP, and not with priority 255.
nothing-to-run               There is neither a usable vrrp_instance nor a virtual_server.
ops-without-udp              One-packet scheduling is for UDP.
own-interface-tracked        The interface of a virtual router is always tracked.
port-without-effect          DR and TUN keep the port of the packet; a real server cannot have another.
port-zero-without-persistence  All ports (port 0) need persistence.
preempt-delay-without-effect  preempt_delay works only where state is BACKUP, without nopreempt and strict mode.
protocol-of-fwmark           A firewall mark stands for any protocol.
quorum-out-of-reach          The real servers together do not have the weight the quorum asks for.
backup-for-keepalived        A backup server is one like the others to keepalived; hide its block with @holdfast lines.
announce-how                 announce with something else than dev and an interface, table and a table, or bgp.
announce-what                announce of a virtual server that has no addresses of its own, or too many: write announce_prefix; or by bgp, and no neighbor hears of them.
bgp-community                A community is two numbers up to 65535 with a colon between them.
bgp-farewell                 graceful_shutdown is longer than the process may take to stop (child_wait_time).
bgp-hops                     ttl_security of one neighbor with multihop.
bgp-next-hop                 Prefixes of another family than the session's need a next_hop.
bgp-password                 The file with the password of a session cannot be used; the reason is told.
bgp-prepend                  A path with the own AS is a loop to a router of the same AS.
bgp-program                  The program that speaks BGP cannot be started; the reason is told.
bgp-timers                   keepalive has to be shorter than hold_time.
announce-nothing             announce_prefix or announce_hold without announce.
announce-host-bits           A prefix with bits of a host; they are left out.
slow-start-without-effect    slow_start with a scheduler that does not go by weight, or of a server with weight 1.
setting-without-effect       A setting without the one it belongs to.
state-and-priority           In strict mode a virtual router is MASTER at start if and only if its priority is 255.
state-with-ah                With authentication AH a virtual router begins as BACKUP.
unicast-without-peers        Settings of unicast without peers: adverts are multicast.
vrf-with-interface           A virtual router is on an interface or in a VRF.
weight-in-group              A weight of a tracked interface in a sync group that does not allow weights.
weight-without-effect        A weight that cannot move the priority, of an address owner or in a sync group.
`

const adviceRules = `
check-port                   A checker speaks TLS to a port without it, or the other way round.
check-protocol               A TCP checker for a UDP service.
filter-drops-service         The address of a virtual server is not accepted (no_accept, strict mode): nobody reaches it.
group-settings-differ        Members of a sync group with settings that pull in different directions.
group-tracking-differs       Members of a sync group that track different things.
interface-untracked          An address on an interface that nobody watches.
mail-goes-nowhere            Mail is asked for, and there is no server or no receiver.
mh-too-many-servers          More real servers, or weights, than the table of mh has slots for.
mh-weights                   Weights of a service with mh that are further apart than it can tell.
mh-without-fallback          mh without mh-fallback moves clients of servers that are up, or gives those of one that is down no answer.
nonsense-address             An address that no host can have: network, broadcast, multicast, loopback or unspecified.
no-checker                   A real server without a checker stays in the table when it dies.
no-weight                    All real servers have weight 0: no new connections.
path-without-slash           A path of a url does not begin with a slash; servers refuse such a request.
peer-is-self                 unicast_peer names this director itself.
peer-is-vip                  unicast_peer is a virtual address, which moves.
prefix-of-other-length       A virtual address has another prefix length than the network on its interface.
real-server-is-self          A real server that is this director, with DR: packets may come back after a takeover.
real-server-is-vip           A real server with the address of a virtual router: packets go round in circles.
service-without-vip          A virtual server with an address that nobody moves.
shared-nat                   shared_clients with NAT: answers go through the director that had the request.
shared-own-weights           shared_clients with weights that each director finds out for itself.
shared-persistence           shared_clients with persistence, which other directors do not know of.
shared-sync-daemon           shared_clients with lvs_sync_daemon, whose connections count more than the slots.
shared-without-mh            shared_clients with a scheduler by which directors do not agree.
shell-syntax                 A command is written for a shell, and there is none: write a script, or /bin/sh -c '...'.
sorry-is-real-server         The sorry server is one of the real servers that are down when it is wanted.
source-is-vip                Adverts are sent from a virtual address, which is only there while master.
strict-drops-traffic         In strict mode what is sent to a virtual address is dropped.
sync-daemon-mixed-families   A real server of another family than its virtual server: the kernel copies no connections beside it.
sync-daemon-unknown-router   lvs_sync_daemon names a virtual router that is not defined: connections are not copied.
timeout-over-interval        A check may take longer than the time between two of them.
unused-script                A vrrp_script that nobody tracks is never run.
vip-without-service          An address of a director with services that no service uses.
wide-prefix                  A virtual address whose prefix is wider than any network: the host would look for
                             all of it on one interface.
weights-cut                  Weights move the priority beyond 1 or 254, where it stops.
`

// pairRules are those of check --pair.
const pairRules = `
pair-accept-differs          One director takes packets to the virtual addresses as master, and another drops them.
pair-address-list-differs    Addresses are in adverts of one director and not of the other, or in another order: both
                             log it, and go on.
pair-address-missing         A director has fewer addresses in a virtual router than another: nobody has them after
                             its takeover.
pair-address-of-two-routers  An address is one of two virtual routers on two directors: both may have it.
pair-authentication-differs  Authentication, or its password, is not the same: adverts are refused, and all are master.
pair-checksum-differs        Checksums of version 3 are made in a way that the other side refuses.
pair-destination-differs     One director multicasts and the other does not, or they do to other groups.
pair-failure-moves-nothing   What a director tracks may fail and it still has the highest priority, or nobody takes over.
pair-family-differs          Adverts of a virtual router are IPv4 on one director and IPv6 on another.
pair-group-differs           Virtual routers move together on one director and alone on another.
pair-hmac-differs            Adverts are not signed, or with another key of auth_hmac: they are refused.
pair-interval-differs        advert_int is not the same: version 2 refuses adverts then, version 3 goes by the master.
pair-nothing-in-common       No virtual router is on two of the directors; perhaps they are not of one network.
pair-peer-missing            unicast_peer lacks another director, which hears nothing and becomes master.
pair-peer-ttl                Adverts are sent with a lower TTL than the other director takes.
pair-peer-unknown            unicast_peer has an address from which no director sends whose file is there.
pair-preemption-differs      nopreempt or preempt_delay is on the side on which it does nothing.
pair-prefix-differs          A virtual address has another prefix length on another director.
pair-priority-equal          Two directors have the same priority in a virtual router.
pair-real-server-differs     A real server has another weight or other checks on another director.
pair-real-server-missing     A real server is not in the same virtual server on another director.
pair-route-missing           A director lacks routes or rules of a virtual router.
pair-router-alone            A virtual router is not on every director.
pair-router-id-equal         Two directors have one router_id.
pair-server-order            Servers of a service with mh stand in another order, which counts with keepalived.
pair-service-differs         A virtual server has another scheduler, method, persistence or quorum on another director.
pair-service-missing         A virtual server is not on every director.
pair-service-not-served      A director announces an address, and lacks a virtual server of it that another one has.
pair-secret-hidden           A password is not shown in one of the files: whether both are the same is not known.
pair-settings-differ         Settings that no other director minds, such as those of gratuitous ARP.
pair-source-equal            Two directors send adverts from one address.
pair-state-against-priority  A director with state MASTER has a lower priority than one with state BACKUP.
pair-state-master-twice      Two directors have state MASTER; the priority decides.
pair-static-address-twice    Two directors have the same static address.
pair-sync-daemon-differs     The daemons of lvs_sync_daemon do not understand each other.
pair-tracking-differs        Directors track different things in a virtual router.
pair-version-differs         Directors speak different versions of VRRP: adverts are refused, and all are master.
pair-virtual-mac-differs     use_vmac is not the same: the hardware address changes with the master.
pair-vrid-differs            The same virtual router has another virtual_router_id on another director.
`
