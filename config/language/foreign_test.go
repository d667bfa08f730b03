package language

import (
	"strings"
	"testing"

	"holdfast/config/syntax"
)

// What is no configuration is said first, with three of the findings at most, and what it
// counts for a configuration test stays.
func TestForeignFiles(t *testing.T) {
	good := instance("state MASTER")
	for _, tt := range []struct{ text, want string }{
		{strings.Replace(good, "state MASTER", "state MASTER\n priority {{ keepalived_priority }}", 1),
			"an unrendered template: 5:11 '{{'"},
		{"{% for i in list %}\n" + good + "{% endfor %}\n", "an unrendered template: 1:1 '{%'"},
		{"vrrp_instance <%= @name %> {\n interface eth0\n virtual_router_id <%= id %>\n}\n",
			"an unrendered template: 1:15 '<%'"},
		{"{# managed #}\n" + good, "an unrendered template: 1:1 '{#'"},
		{strings.Replace(good, "state MASTER", "%{ if master }\n state MASTER\n %{ endif }", 1),
			"an unrendered template: 4:1 '%{'"},
		{"\x89PNG\r\n\x1a\n\x00\x00", "a picture"},
		{"$ANSIBLE_VAULT;1.1;AES256\n6162\n", "encrypted with ansible-vault"},
		{"---\nvrrp_instances:\n  - name: VI_1\n    interface: eth0\n    vips:\n      - 10.0.0.1/24\n", "YAML"},
		{"{\n \"vrrp_instance\": {\n \"interface\": \"eth0\"\n }\n}\n", "JSON"},
		{"[{\"a\": 1}]\n", "JSON"},
		{"-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1\n-a -t 10.0.0.1:80 -r 10.1.0.2:80 -m -w 1\n",
			"ipvsadm-save"},
		{"*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n", "iptables-save"},
		{strings.Replace(good, "state MASTER", "<<<<<<< HEAD\n priority 100\n=======\n priority 90\n>>>>>>> b", 1),
			"merge conflict that is not resolved: 4:1 '<<<<<<<'"},
		{"--- a/keepalived.conf\n+++ b/keepalived.conf\n@@ -1,2 +1,2 @@\n-priority 100\n+priority 90\n", "a patch"},
		{"#!/bin/bash\nset -e\nif [ -f x ]; then\n systemctl restart keepalived\nfi\n", "a script"},
		{"[global]\nname = x\n", "an INI or TOML file"},
		{"<?xml version=\"1.0\"?>\n<a/>\n", "XML or HTML"},
		{"<!DOCTYPE html>\n<html>\n<body>404</body>\n</html>\n", "XML or HTML"},
		{"global\n  daemon\ndefaults\n  mode http\nfrontend f\n  bind :80\n", "haproxy"},
		{"user nginx;\nworker_processes 1;\nhttp {\n server {\n listen 80;\n }\n}\n", "nginx"},
		{"\x1f\x8b\x08\x00\x00binary", "gzip"},
		{"{\\rtf1\\ansi hello}\n", "RTF"},
		{strings.Replace(good, "state MASTER", "state \"{{ keepalived_state }}\"", 1), "an unrendered template: 4:8 '{{'"},
		{strings.Replace(good, "state MASTER", "state \"{{ state | upper }}\"", 1), "an unrendered template: 4:8 '{{'"},
		{"apiVersion: v1\nkind: ConfigMap\ndata:\n  keepalived.conf: |\n" + good, "a manifest of Kubernetes: line 1"},
		{"set -e\ncat > /etc/keepalived/keepalived.conf <<EOF\n" + good + "EOF\n", "a script: 2:39 '<<EOF'"},
		{"Example\n=======\n\n```\n" + good + "```\n", "Markdown: 4:1 '```'"},
		{"INTERFACE=eth0\nPRIORITY=100\n", "has no statement of keepalived: 1:1 'INTERFACE=eth0' is none"},
		{"IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\nTCP  10.0.0.1:80 rr\n",
			"has no statement of keepalived: 1:1 'IP'"},
		{"resource \"aws_instance\" \"x\" {\n  ami = \"a\"\n}\n", "has no statement"},
		{"vip,interface,priority\n10.0.0.1,eth0,100\n", "has no statement"},
		{"404: Not Found\n", "has no statement"},
		{"curl: (6) Could not resolve host: example.org\n", "has no statement"},
		{"Nov 29 10:00:00 d1 Keepalived[7]: Stopping\n", "has no statement"},
		{"CREATE TABLE x (id int);\nINSERT INTO x VALUES (1);\n", "has no statement"},
		{"\xff\xfe\x00\x00v\x00\x00\x00", "UTF-32"},
		{"\x00\x01\x02\x03\x00\x00\x00abc\n\x00\x00", "a binary file"},
	} {
		_, diags := bind(t, tt.text)
		if len(diags) == 0 || diags[0].ID != ForeignFile || !strings.Contains(diags[0].Text, tt.want) {
			t.Errorf("%q: %v, want %s", tt.text, diags, tt.want)
			continue
		}
		shownAsWithout(t, tt.text, diags)
		if !strings.Contains(tt.text, "vrrp_instance ") && (len(diags) > 4 || diags[0].Severity < syntax.Error) {
			t.Errorf("%q: %v, want three errors at most", tt.text, diags)
		}
	}
	for _, text := range []string{good,
		"vrrp_script s {\n script \"/bin/sh -c 'docker ps --format {{.Names}} | grep x; true'\"\n}\n" + instance("priorty 5"),
		"! {{ not rendered }}\n# <<<<<<< HEAD\n" + instance("priorty 5"), "#!/usr/sbin/keepalived -f\n" +
			instance("priorty 5"), "$A=5\n" + instance("priorty 5"),
		"net_namespace red\ninstance x\nvrrp_sync_group G\n{\n group {\n A\n }\n}\n" + instance("priorty 5"),
		"priority: 5\n" + instance(), "vrrp_instnace x {\n}\n",
		"vrrp_script s {\n" +
			" script \"/bin/sh -c 'docker inspect -f {{json .State}} x && kubectl get pod -o go-template={{ range .items " +
			"}}{{ end }}'\"\n}\n" + instance("priorty 5")} {
		_, diags := bind(t, text)
		if d, ok := find(diags, "this is no configuration"); ok {
			t.Errorf("%q: %v", text, d)
		}
	}
}

// shownAsWithout fails unless a file with blocks of ours has all the findings that it has when nobody
// takes it for something else, and the one that does is as bad as the worst of them.
func shownAsWithout(t *testing.T, text string, with []syntax.Diagnostic) {
	t.Helper()
	s := load(text)
	s.Foreign = nil
	_, without := Bind(s, host())
	worst := syntax.Note
	for _, d := range without {
		worst = max(worst, d.Severity)
	}
	if strings.Contains(text, "vrrp_instance ") && (len(with) != len(without)+1 || with[0].Severity != worst) ||
		ExitStatus(with) != ExitStatus(without) {
		t.Errorf("%q: %v, without the first: %v", text, with, without)
	}
}

// A line above a good configuration, and slips that make it look like something else, leave it one.
func TestASlipMakesNoForeignFile(t *testing.T) {
	good := instance("state MASTER")
	bad := instance("priorty 5")
	semicolons := strings.NewReplacer("eth0\n", "eth0;\n", "51\n", "51;\n", "5\n", "5;\n").Replace(bad)
	for _, text := range []string{
		"#!! managed by ansible !!\n" + bad, "#!!! managed by ansible, do not edit\n" + bad, "#!/usr/sbin/holdfast -f\n" +
			bad, "#! /bin/sh\n" + bad,
		"#!! managed by ansible !!\n", "#!! managed by ansible !!\nvrrp_instnce A {\n interface eth0\n}\n",
		"[keepalived]\n" + good, "<!-- managed by puppet -->\n" + good, "{ \"x\" }\n" + good, "{ \"x\" }\n" + bad,
		"---\n- a\n- b\n" + bad, semicolons,
		"-A\n" + bad, "global\n defaults\n" + bad,
		"service 10.0.0.1 80 {\n delay_loop 5\n real_server 10.0.0.2 80 {\n weight 1\n }\n}\n",
		"tance VI_1 {\n interface eth0\n virtual_router_id 51\n}\n",
		"x {\n y {\n  virtual_router_id 51\n }\n}\n",
		strings.Replace(bad, "priorty", "authentication {\n auth_type PASS\n auth_pass a<%b%>\n }\n priorty", 1),
		"vrrp_script s {\n script curl -w %{http_code} http://x/\n}\n" + bad, "# a\n" + bad + "# {#c} }\n",
		strings.Replace(bad, "priorty 5", "priority {#x #}", 1),
	} {
		_, diags := bind(t, text)
		if d, ok := find(diags, "this is no configuration"); ok {
			t.Errorf("%q: %v", text, d)
		}
	}
}

// What a slip can look like is found where nothing is a block of ours.
func TestForeignWithoutBlocks(t *testing.T) {
	for text, want := range map[string]string{
		"#! /bin/sh\nset -e\n": "a script: 1:1 '#!'", "[Unit]\nDescription=x\n": "INI", "<!-- x -->\n<a/>\n": "XML",
		"options {\n a b;\n c d;\n e f;\n};\n": "nginx", "%{~ if x }\n%{ endif }\n": "template", "<%- x %>\n": "template",
		"<%@ x %>\n": "template",
	} {
		if _, diags := bind(t, text); len(diags) == 0 || diags[0].ID != ForeignFile ||
			!strings.Contains(diags[0].Text, want) {
			t.Errorf("%q: %v, want %s", text, diags, want)
		}
	}
}
