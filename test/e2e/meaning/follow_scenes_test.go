//go:build e2e

package meaning

// followScenes are servers that follow something instead of being asked.
func followScenes() []scene {
	server := func(n, more, checks string) string {
		return "    real_server 10.1.0." + n + " 80 {\n        weight 10\n" + more + checks + "    }\n"
	}
	check := func(words string) string { return "        FILE_CHECK {\n " + words + "\n        }\n" }
	service := func(n, more, servers string) string {
		return "virtual_server 10.2.0." + n + " 80 {\n    protocol TCP\n    lb_algo rr\n    lb_kind DR\n" + more + servers + "}\n"
	}
	return []scene{{
		name:  "words of FILE_CHECK",
		ipvs:  true,
		slow:  true,
		shows: "FILE_CHECK: track_file weight; real_server: FILE_CHECK",
		files: map[string]string{"load": "1\n", "maint": "1\n"},
		conf: mailing + `
track_file load {
    file /run/case/load
    weight 5
}
track_file back {
    file /run/case/load
    weight 5 reverse
}
vrrp_track_file maint {
    file /run/case/maint
    weight 0
}
track_file gone {
    file /run/case/gone
}
` + service("1", "", server("1", "", check("track_file load"))+
			server("2", "notify_up \"/run/case/note up\"\nnotify_down \"/run/case/note down\"\n", check("track_file load\n weight -2147483647"))+
			server("3", "", check("track_file back")+check("track_file load\n weight 1"))+
			server("4", "inhibit_on_failure\n", check("track_file maint"))+
			server("5", "", check("track_file maint\n weight 3 reverse")+check("track_file gone\n weight 2"))) +
			service("2", "alpha\n sorry_server 10.1.0.9 80\n", server("1", "", check("track_file maint"))),
		play: func(b *bench) {
			b.sink("127.0.0.1:2525")
			b.start()
			b.inTable("-r 10.1.0.1:80 -g -w 15", "-r 10.1.0.3:80 -g -w 6", "-r 10.1.0.4:80 -g -w 0", "-r 10.1.0.9:80")
			b.logged("Startup complete", 1)
			b.look("running")
			b.write("load", "2\n", 0o644)
			b.inTable("-r 10.1.0.1:80 -g -w 20", "!-r 10.1.0.2:80", "-r 10.1.0.3:80 -g -w 2")
			b.called(1)
			b.look("two")
			b.write("load", "-1\n", 0o644)
			b.inTable("-r 10.1.0.1:80 -g -w 5", "-r 10.1.0.2:80 -g -w 2147483647", "-r 10.1.0.3:80 -g -w 14")
			b.called(2)
			b.look("below nothing")
			b.write("maint", "0\n", 0o644)
			b.inTable("-r 10.1.0.4:80 -g -w 10", "-r 10.1.0.5:80 -g -w 10", "!-r 10.1.0.9:80")
			b.look("no maintenance")
			b.write("gone", "nothing 3\n", 0o644)
			b.write("gone", "0x10 \n", 0o644)
			b.inTable("-r 10.1.0.5:80 -g -w 42")
			b.must(b.remove("load"))
			b.inTable("-r 10.1.0.1:80 -g -w 10", "-r 10.1.0.2:80 -g -w 10")
			b.look("a file is gone")
			b.write("maint", "1\n", 0o644)
			b.inTable("-r 10.1.0.4:80 -g -w 0", "-r 10.1.0.9:80")
			b.look("maintenance")
			b.deaf()
			b.stop()
		},
	}}
}
