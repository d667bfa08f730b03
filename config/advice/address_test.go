package advice

import (
	"net/netip"
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
)

// said binds a file and gives the advice on it.
func said(text string, h Host) string {
	c, _ := language.Bind(syntax.Load(syntax.MapSource{"f": text}, "f", syntax.Options{}), language.Env{})
	var out strings.Builder
	for _, d := range Of(c, h) {
		if d.Severity == syntax.Warning {
			out.WriteString(d.ID + ": " + d.Text + "\n")
		}
	}
	return out.String()
}

func withVIP(vip string) string {
	return "vrrp_instance A {\n interface eth0\n virtual_router_id 5\n virtual_ipaddress {\n " + vip + "\n }\n}\n"
}

func TestAddressesThatNoHostHas(t *testing.T) {
	h := Host{Networks: map[string][]netip.Prefix{"eth0": {netip.MustParsePrefix("192.168.1.7/24")}}}
	for vip, want := range map[string]string{
		"192.168.1.10/24": "", "192.168.1.10/32": "", "192.168.1.10": "", "10.1.2.3/8": "", "172.16.1.1/12": "",
		"10.0.0.0/31": "", "192.168.7.9/22": "", "2001:db8::1/64": "",
		"192.168.1.0/24": "the address of the network", "192.168.1.255/24": "the broadcast address of 192.168.1.0/24",
		"224.0.0.1": "multicast", "127.0.0.9/8": "loopback",
		"0.0.0.0/0": "unspecified", "0.1.2.3/24": "of 0.0.0.0/8", "240.0.0.1/24": "reserved",
		"255.255.255.255": "broadcast", "192.168.1.9/0": "wide-prefix", "192.168.1.9/8": "wide-prefix",
		"10.1.1.1/7": "wide-prefix", "8.8.8.8/8": "wide-prefix",
		"192.168.1.10/25": "prefix-of-other-length", "192.168.1.10/16": "prefix-of-other-length", "::/0": "unspecified",
		"ff02::1/64": "multicast", "::1/128": "loopback", "2001:db8::/64": "all routers",
	} {
		got := said(withVIP(vip), h)
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", vip, got, want)
		}
	}
	service := func(vs, rs string) string {
		return "virtual_server " + vs + " 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server " + rs +
			" 80 {\n HTTP_GET {\n url {\n path health\n }\n }\n }\n}\n"
	}
	for text, want := range map[string]string{
		service("0.0.0.0", "10.0.0.1"): "virtual_server 0.0.0.0 is " +
			"the unspecified",
		service("10.0.0.2", "239.1.1.1"): "real_server 239.1.1.1 is a " +
			"multicast",
		service("10.0.0.2", "255.255.255.255"): "real_server 255.255.255.255 " +
			"is the broadcast",
		service("10.0.0.2", "10.0.0.3"): "path-without-slash: " +
			"HTTP_GET: path 'health' does not begin with a slash",
		withVIP("10.0.0.1/24\n }\n unicast_peer {\n 224.0.0.18"): "unicast_peer 224.0.0.18 is " +
			"a multicast",
		withVIP("10.0.0.1/24\n }\n unicast_src_ip 127.0.0.1\n unicast_peer {\n 10.0.0.9"): "source address 127.0.0.1 is " +
			"a loopback",
	} {
		if got := said(text, Host{}); !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
