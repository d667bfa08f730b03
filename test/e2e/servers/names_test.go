//go:build e2e

package servers

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/test/lab"
)

// names are what a name server is asked, and how it answers.
func names() []question {
	ask := func(kind, name string) string { return "type " + kind + "\nname " + name }
	return []question{
		{"the root, which is not its own", "", false},
		{"an address", ask("A", "www.example.test"), true},
		{"an address of IPv6", ask("AAAA", "www.example.test"), true},
		{"another name", ask("CNAME", "alias.example.test"), true},
		{"name servers", ask("NS", "example.test"), true},
		{"the start of a zone", ask("SOA", "example.test"), true},
		{"mail servers", ask("MX", "example.test"), true},
		{"a text", ask("TXT", "example.test"), true},
		{"a signature", ask("RRSIG", "example.test"), true},
		{"keys", ask("DNSKEY", "example.test"), true},
		{"a type that the name has not", ask("MX", "www.example.test"), true},
		{"what does not go into a datagram", ask("TXT", "long.example.test"), true},
		{"what is another zone's", ask("A", "www.child.example.test"), true},
		{"a name that is not there", ask("A", "nothing.example.test"), false},
		{"a zone that is not its own", ask("A", "www.example.net"), false},
		{"a zone that has expired", ask("A", "www.broken.test"), false},
		{"a zone for some", ask("A", "www.secret.test"), false},
		{"a zone for an address", ask("A", "www.secret.test") + "\nbindto $SECOND", true},
		{"a zone for a mark", ask("A", "www.secret.test") + "\nfwmark 7", true},
		{"an address that gets no answer", ask("A", "www.example.test") + "\nbindto $THIRD", false},
		{"a port where nobody is", ask("A", "www.example.test") + "\nconnect_port 54", false},
		{"another port", ask("A", "www.example.test") + "\nconnect_port 5353", true},
		{"another address", ask("A", "www.example.test") + "\nconnect_ip 10.60.0.1", true},
	}
}

// namesOfSix are asked over IPv6.
func namesOfSix() []question {
	return []question{
		{"an address", "type A\nname www.example.test", true},
		{"a name that is not there", "type A\nname nothing.example.test", false},
		{"a port where nobody is", "type A\nname www.example.test\nconnect_port 54", false},
	}
}

const namedConf = `options {
	directory "%[1]s";
	pid-file none;
	session-keyfile none;
	listen-on port 53 { 10.60.0.0/24; };
	listen-on port 5353 { 10.60.0.0/24; };
	listen-on-v6 port 53 { fd60::/112; };
	recursion no;
	blackhole { 10.70.0.30/31; 10.70.0.32/31; };
	dnssec-validation no;
};
controls { };
zone "example.test" { type primary; file "%[1]s/zone"; };
zone "secret.test" { type primary; file "%[1]s/zone"; allow-query { 10.70.0.20/30; }; };
zone "broken.test" { type secondary; primaries port 9 { 10.60.0.1; }; file "%[1]s/none"; };
`

const zone = `$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 300
@ NS ns
@ MX 10 www
@ TXT "v=spf1 -all"
ns A 192.0.2.1
www A 192.0.2.2
www AAAA 2001:db8::2
alias CNAME www
child NS ns.child
ns.child A 192.0.2.3
`

// TestNameServers: BIND, in all the ways in which a name server may be asked.
func TestNameServers(t *testing.T) {
	inside(t, func(s *site) {
		dir := filepath.Join(s.servers.Dir, "named")
		s.run(s.servers, "mkdir -p "+dir)
		long := ""
		for n := range 20 {
			long += fmt.Sprintf("long TXT %q\n", strings.Repeat(fmt.Sprint(n), 100))
		}
		s.write("named/named.conf", fmt.Sprintf(namedConf, dir))
		s.write("named/zone", zone+long)
		s.play("DNS_CHECK", 53, [2][]question{names(), namesOfSix()}, func() func() {
			p, err := s.servers.Start("named", "named", "-g", "-n", "1", "-c", filepath.Join(dir, "named.conf"))
			s.must(err)
			s.must(lab.Eventually(patience, "BIND", func() (bool, string) {
				return strings.Contains(p.Log(), "running") || p.Exited(), p.Log()
			}))
			return func() { s.end(p) }
		})
	})
}
