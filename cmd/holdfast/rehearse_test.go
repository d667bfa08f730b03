package main

import "testing"

func TestRehearse(t *testing.T) {
	const examples = "../../examples/lvs-dr-pair/"
	one, two := examples+"director1.conf", examples+"director2.conf"
	dir := t.TempDir()
	write(t, dir+"/dead", "5 kill d1\n5 kill d2\n")
	write(t, dir+"/servers", "5 fail real_server 192.168.1.171\n")
	write(t, dir+"/unserved", "5 fail real_server 192.168.1.171\n5 fail real_server 192.168.1.172\n5 fail real_server 192.168.1.180\n")
	write(t, dir+"/odd", "5 kick d1\n")
	write(t, dir+"/reload", "5 reload d1 "+two+"\n")
	write(t, dir+"/none", "5 reload d1 /nowhere\n")
	write(t, dir+"/bad.conf", "foo\n"+goodConfig)
	for _, v := range []invocation{
		{[]string{one, two}, 0, "    23.415       VI_1   d2 has the addresses, which were nobody's for 3.415 s\n", ""},
		{[]string{"--log", "--for", "10", one, two}, 0, "     3.609  d1   VI_1                       log: (VI_1) Entering MASTER STATE\n", ""},
		{[]string{"--format", "json", one, two}, 0, `"masters_at_end": [` + "\n        \"d1\"\n", ""},
		{[]string{"--format", "svg", one, two}, 0, "<title>Who is master when</title>", ""},
		{[]string{"--script", dir + "/dead", one, two}, 1, "at the end nobody has the addresses\n", ""},
		{[]string{"--script", dir + "/reload", one, two}, 0, "     5.000  d1          takes " + two + " over\n", ""},
		{[]string{"--script", dir + "/servers", one, two}, 0, "clients: 192.168.1.172:80 answers, after 3.", ""},
		{[]string{"--script", dir + "/unserved", one, two}, 1, "at the end nobody answers\n", ""},
		{[]string{"--adverts", one, two}, 0, "     5.609  d1   VI_1       advert to 224.0.0.18, priority 100\n", ""},
		{[]string{"--script", dir + "/odd", one, two}, 2, "", "holdfast rehearse: script " + dir + `/odd: line 1: "kick" is nothing`},
		{[]string{"--script", dir + "/none", one, two}, 2, "", "/nowhere: error: "},
		{[]string{"--script", dir + "/nowhere", one, two}, 2, "", "holdfast rehearse: read script: open "},
		{[]string{one}, 2, "", "holdfast rehearse: want the files of two directors or more, not 1\n"},
		{[]string{one, "/nowhere"}, 2, "", "/nowhere: error: "},
		{[]string{"--for", "1", dir + "/bad.conf", one}, 1, "director1.conf", "bad.conf:1:1: error: Unknown keyword 'foo'"},
	} {
		v.args = append([]string{"rehearse"}, v.args...)
		v.run(t)
	}
}
