package syntax

import "testing"

func TestSmoke(t *testing.T) {
	s := Load(MapSource{"k.conf": "vrrp_instance \"VI 1\" { interface eth0\n virtual_ipaddress{ 10.1.1.1/24}}\nvrrp_script x\n{\n script '/bin/a b' # c\n}\n}"}, "k.conf", Options{})
	b, d := Parse(s, nil)
	t.Logf("%+v\n%v", b, append(s.Diagnostics, d...))
	for _, n := range b.Nodes {
		t.Logf("%+v %+v", n, n.Block)
	}
}
