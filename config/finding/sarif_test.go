package finding

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// An object of the schema of SARIF 2.1.0: the properties that are required, those
// of which one is, and all that we write. The schema allows no others than its own.
type object struct {
	required, one, optional []string
	inside                  map[string]string // property -> kind of object, or of its elements
}

// schema has what the schema demands of the objects we write.
func schema() map[string]object {
	return map[string]object{
		"sarifLog": {required: []string{"version", "runs"}, optional: []string{"$schema"},
			inside: map[string]string{"runs": "run"}},
		"run": {required: []string{"tool"}, optional: []string{"columnKind", "results"},
			inside: map[string]string{"tool": "tool", "results": "result"}},
		"tool": {required: []string{"driver"}, inside: map[string]string{"driver": "toolComponent"}},
		"toolComponent": {required: []string{"name"}, optional: []string{"version", "rules"},
			inside: map[string]string{"rules": "reportingDescriptor"}},
		"reportingDescriptor": {required: []string{"id"}, optional: []string{"shortDescription"},
			inside: map[string]string{"shortDescription": "multiformatMessageString"}},
		"multiformatMessageString": {required: []string{"text"}},
		"result": {required: []string{"message"}, optional: []string{"ruleId", "ruleIndex", "level", "locations",
			"relatedLocations", "properties"},
			inside: map[string]string{"message": "message", "locations": "location", "relatedLocations": "location",
				"properties": "propertyBag"}},
		"message":     {one: []string{"text", "id"}},
		"propertyBag": {optional: []string{"class", "fatal"}},
		"location": {optional: []string{"physicalLocation", "message"},
			inside: map[string]string{"physicalLocation": "physicalLocation", "message": "message"}},
		"physicalLocation": {one: []string{"address", "artifactLocation"}, optional: []string{"region"},
			inside: map[string]string{"artifactLocation": "artifactLocation", "region": "region"}},
		"artifactLocation": {optional: []string{"uri"}},
		"region": {one: []string{"startLine", "charOffset", "byteOffset"},
			optional: []string{"startColumn", "endColumn"}},
	}
}

// valid is what the schema has against a value.
func valid(kind, at string, value any) error {
	o, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is no object", at)
	}
	rule := schema()[kind]
	for _, name := range rule.required {
		if _, ok := o[name]; !ok {
			return fmt.Errorf("%s has no %s", at, name)
		}
	}
	if has := func(name string) bool { _, ok := o[name]; return ok }; rule.one != nil &&
		!slices.ContainsFunc(rule.one, has) {
		return fmt.Errorf("%s has none of %v", at, rule.one)
	}
	for name, inner := range o {
		if !slices.Contains(slices.Concat(rule.required, rule.one, rule.optional), name) {
			return fmt.Errorf("%s has the property %s", at, name)
		}
		if err := validValue(rule.inside[name], at+"."+name, name, inner); err != nil {
			return err
		}
	}
	return nil
}

// types are the JSON types of properties, as fmt shows them.
func types() map[string]string {
	return map[string]string{"runs": "[]interface {}", "results": "[]interface {}", "rules": "[]interface {}",
		"locations":        "[]interface {}",
		"relatedLocations": "[]interface {}", "version": "string", "$schema": "string", "id": "string", "name": "string",
		"text": "string", "uri": "string",
		"ruleId": "string", "level": "string", "columnKind": "string", "ruleIndex": "float64", "startLine": "float64",
		"startColumn": "float64",
		"endColumn":   "float64", "fatal": "bool", "class": "float64"}
}

func validValue(kind, at, name string, value any) error {
	if want, ok := types()[name]; kind == "" && !ok || ok && fmt.Sprintf("%T", value) != want {
		return fmt.Errorf("%s is a %T", at, value)
	}
	switch v := value.(type) {
	case []any:
		for i, element := range v {
			if err := valid(kind, fmt.Sprintf("%s[%d]", at, i), element); err != nil {
				return err
			}
		}
		return nil
	case float64:
		if strings.HasSuffix(name, "Line") || strings.HasSuffix(name, "Column") {
			v--
		}
		if v < 0 {
			return fmt.Errorf("%s is %v", at, value)
		}
	case string:
		allowed := map[string][]string{"level": {"none", "note", "warning", "error"}, "version": {"2.1.0", "1.2.3"},
			"columnKind": {"utf16CodeUnits", "unicodeCodePoints"}}[name]
		if allowed != nil && !slices.Contains(allowed, v) {
			return fmt.Errorf("%s is %q", at, v)
		}
		if name == "uri" || name == "$schema" {
			return validURI(v)
		}
	case map[string]any:
		return valid(kind, at, v)
	}
	return nil
}

func TestSARIFIsValid(t *testing.T) {
	for _, opt := range []Options{{}, {Line: lineOf, Version: "1.2.3"}} {
		var b strings.Builder
		if err := SARIF(&b, all(t), opt); err != nil {
			t.Fatal(err)
		}
		var log map[string]any
		if err := json.Unmarshal([]byte(b.String()), &log); err != nil {
			t.Fatal(err)
		}
		if err := valid("sarifLog", "log", log); err != nil {
			t.Error(err)
		}
	}
}

// validURI wants an absolute URI with a known scheme, or a relative reference that cannot
// be taken for one.
func validURI(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return err
	case strings.ContainsAny(text, " \"<>\\^`{|}") || text == "":
		return fmt.Errorf("%q has characters that must be escaped", text)
	case u.Scheme != "" && u.Scheme != "file" && u.Scheme != "https", u.Scheme == "file" &&
		!strings.HasPrefix(text, "file:///"):
		return fmt.Errorf("%q has the scheme %q", text, u.Scheme)
	}
	return nil
}

// The check above sees what is wrong.
func TestInvalidSARIFIsSeen(t *testing.T) {
	for _, text := range []string{
		`{"runs": []}`, `{"version": "2.1.0"}`, `{"version": "2.0.0", "runs": []}`, `{"version": "2.1.0", "runs": [{}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}`, `{"version": "2.1.0", "runs": [], "x": 1}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {}}]}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, ` +
			`"results": [{"message": {"text": "x"}, "level": "fatal"}]}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {"text": "x"},
			"locations": [{"physicalLocation": {"artifactLocation": {}, "region": {"startLine": 0}}}]}]}]}`,
		`{"version": "2.1.0", "runs": {}}`, `{"version": 2, "runs": []}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {"text": "x"},
			"locations": [{"physicalLocation": {"artifactLocation": {"uri": "sub dir/k.conf"}}}]}]}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, ` +
			`"results": [{"message": {"text": "x"}, "ruleIndex": "0"}]}]}`,
	} {
		var log any
		if err := json.Unmarshal([]byte(text), &log); err != nil {
			t.Fatal(err)
		}
		if valid("sarifLog", "log", log) == nil {
			t.Errorf("%s passes", text)
		}
	}
}

// Every result is of a rule that is listed, at its index.
func TestSARIFRules(t *testing.T) {
	var b strings.Builder
	if err := SARIF(&b, all(t), Options{}); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal([]byte(b.String()), &log); err != nil {
		t.Fatal(err)
	}
	rules := log.Runs[0].Tool.Driver.Rules
	for _, r := range log.Runs[0].Results {
		if rule := rules[r.RuleIndex]; rule.ID != r.RuleID || rule.Short.Text == "" {
			t.Errorf("%s has the index of %+v", r.RuleID, rule)
		}
	}
	if len(rules) < 5 || !slices.IsSortedFunc(rules, func(a, b sarifRule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("rules %v", rules)
	}
}
