package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"hatif/internal/fault"
	"hatif/recorder"
)

// Load reads, checks and completes the file at path. Its mistakes are Errors, all of them at once.
func Load(path string) (*Config, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("configuration: there is no %s; hatif init writes one", path)
	}
	text, err := Read(path)
	if err != nil {
		return nil, err
	}
	return LoadText(path, text)
}

// LoadText is Load of a text that may come to stand at path.
func LoadText(path string, text []byte) (*Config, error) {
	cfg, err := Parse(path, text)
	if err != nil {
		return nil, err
	}
	for _, name := range []*string{&cfg.Data, &cfg.Web.Cert, &cfg.Web.Key} {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(filepath.Dir(path), *name)
		}
	}
	return cfg, nil
}

// Parse is Load for a text that is already read; name stands in its errors. Data stays as written.
func Parse(name string, text []byte) (*Config, error) {
	f, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	if err := f.resolve(); err != nil {
		return nil, err
	}
	cfg := defaults()
	cfg.file, cfg.sum = f, sha256.Sum256(text)
	if es := f.decode(&cfg); len(es) > 0 {
		return nil, es
	}
	if err := cfg.complete(); err != nil {
		return nil, f.errors(err)
	}
	return &cfg, nil
}

// Located gives err's faults their places in the file this Config was read from. A later check, such as
// the dialplan's compilation, passes its errors through here.
func (c *Config) Located(err error) error {
	if c.file == nil {
		return err
	}
	return c.file.errors(err)
}

// decode fills cfg section by section, and the big sections entry by entry, so that one mistake does not
// hide the next.
func (f *file) decode(cfg *Config) Errors {
	var es Errors
	if f.top == nil || bare(f.top).Type() == ast.NullType { // as between two steps of an editor
		return Errors{{File: f.name, Line: 1, Column: 1, Msg: "the file is empty: hatif would know nobody and no number"}}
	}
	if entries(f.top) == nil {
		return Errors{{File: f.name, Line: 1, Column: 1, Msg: "the file must be keys and values at the top: sip, users, queues, contexts"}}
	}
	sections := fieldsByKey(reflect.ValueOf(cfg).Elem())
	seen := make(map[string]bool)
	for _, v := range entries(f.top) {
		key := keyOf(v)
		field, ok := sections[key]
		switch {
		case !ok:
			es = append(es, f.errorAt([]string{key}, unknownKey(key, slices.Collect(maps.Keys(sections)))))
			continue
		case seen[key]:
			e := &Error{File: f.name, Key: key, Msg: fmt.Sprintf("%q is defined twice", key)}
			f.place(e, v.Key.GetToken())
			es = append(es, e)
			continue
		}
		seen[key] = true
		if bare(v.Value).Type() == ast.NullType {
			continue
		}
		if field.Kind() == reflect.Map && entries(v.Value) != nil {
			es = append(es, f.decodeMap(field, key, v.Value)...)
			continue
		}
		es = append(es, f.decodeInto(v.Value, field.Addr(), key)...)
	}
	return es
}

func (f *file) decodeMap(field reflect.Value, section string, n ast.Node) Errors {
	var es Errors
	field.Set(reflect.MakeMap(field.Type()))
	for _, v := range entries(n) {
		key := reflect.ValueOf(keyOf(v)).Convert(field.Type().Key())
		if field.MapIndex(key).IsValid() {
			e := &Error{File: f.name, Key: section + "." + keyOf(v), Msg: fmt.Sprintf("%q is defined twice", keyOf(v))}
			f.place(e, v.Key.GetToken())
			es = append(es, e)
			continue
		}
		entry := reflect.New(field.Type().Elem())
		if bare(v.Value).Type() != ast.NullType {
			es = append(es, f.decodeInto(v.Value, entry, section, keyOf(v))...)
		}
		field.SetMapIndex(key, entry.Elem())
	}
	return es
}

// decodeInto reads what stands at path into what to points to.
func (f *file) decodeInto(n ast.Node, to reflect.Value, path ...string) (es Errors) {
	for _, ft := range misread(n, to.Type(), path) {
		es = append(es, f.errorOf(ft))
	}
	if len(es) > 0 {
		return es
	}
	if err := yaml.NewDecoder(strings.NewReader(""), yaml.Strict()).DecodeFromNode(n, to.Interface()); err != nil {
		es = append(es, f.decodeError(err, path, to.Interface()))
	}
	return es
}

func fieldsByKey(v reflect.Value) map[string]reflect.Value {
	fields := make(map[string]reflect.Value)
	for i := range v.NumField() {
		if key := v.Type().Field(i).Tag.Get("yaml"); key != "" && key != "-" {
			fields[key] = v.Field(i)
		}
	}
	return fields
}

// complete merges defaults into the entries and checks everything that config itself answers for.
func (c *Config) complete() error {
	var errs []error
	var err error
	if c.Location, err = time.LoadLocation(c.Timezone); err != nil {
		errs = append(errs, fault.Errorf([]string{"timezone"}, "time zone %q is not known: a name such as Africa/Cairo", c.Timezone))
		c.Location, c.Timezone = time.UTC, "UTC" // told once, and not again at each queue
	}
	if c.Timezone == "" {
		c.Location = time.Local
	}
	if c.Store != "sqlite" && !strings.HasPrefix(c.Store, "postgres://") && !strings.HasPrefix(c.Store, "postgresql://") {
		errs = append(errs, fault.Errorf([]string{"store"}, "store is %q: sqlite, or postgres://user:password@host/database", c.Store))
	}
	if c.Data == "" {
		errs = append(errs, fault.Errorf([]string{"data"}, "data is empty: the folder of the database and the recordings"))
	}
	errs = append(errs, fault.Under(c.SIP.Validate(), "sip"), fault.Under(c.Web.Validate(), "web"), fault.Under(c.Features.Validate(), "features"), fault.Under(c.Feedback.Validate(), "feedback"), c.checkRest(), c.checkUsers(), c.checkQueues(), c.checkMailboxes())
	errs = append(errs, fault.Under(c.Recorder().Validate(), "recordings"), fault.Under(c.Contexts.Validate(), "contexts"))
	return errors.Join(errs...)
}

// Recorder is the options of recordings with their folder, which is below Data unless it says otherwise.
func (c *Config) Recorder() recorder.Config {
	r := c.Recordings
	if r.Folder == "" {
		r.Folder = "recordings"
	}
	r.Location = c.Location
	if !filepath.IsAbs(r.Folder) {
		r.Folder = filepath.Join(c.Data, r.Folder)
	}
	return r
}
