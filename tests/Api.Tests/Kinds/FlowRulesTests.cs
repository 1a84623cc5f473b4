using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Api.Tests.Kinds;

public class FlowRulesTests
{
    private const string Sound = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: flight-delays }
        spec:
          params:
            - { name: since, default: "2001-01-01" }
          schedule: { cron: "0 6 * * *", timeZone: Europe/Berlin, catchUp: 3d }
          defaults:
            image: slipway.local/flights:1
            retries: { limit: 2, backoff: 5s }
            resources: { cpu: 500m, memory: 256Mi }
          tasks:
            - name: ingest
              command: [flights, ingest, --since, "${{ params.since }}"]
              outputs:
                files:  { raw: /out/raw.parquet }
                values: { months: /out/months.json }
            - name: clean
              forEach: "${{ tasks.ingest.values.months }}"
              parallelism: 4
              inputs: { raw: "${{ tasks.ingest.files.raw }}" }
              command: [flights, clean, --month, "${{ item }}"]
              onOutOfMemory: { factor: 2, limit: 2Gi }
              outputs: { files: { clean: /out/clean.parquet } }
            - name: report
              inputs: { months: "${{ tasks.clean.files.clean }}" }
              command: [flights, report]
              when: "tasks.clean.succeeded > 0"
              outputs: { files: { report: /out/report.html } }
        """;

    [Fact]
    public void The_example_is_sound() => Assert.Empty(Validate(Sound));

    [Fact]
    public void Of_a_name_that_is_cut_at_its_dash_one_thing_is_said()
    {
        var text = Sound.Replace("name: ingest", "name: split-all-task", StringComparison.Ordinal).Replace("tasks.ingest.", "tasks.split-all-task.", StringComparison.Ordinal);
        var cause = Assert.Single(Validate(text), c => c.Field == "spec.tasks[1].forEach");
        Assert.Contains("there is no task split; a name with a dash is written tasks['split-all-task']", cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_depends_on_a_claim_may_be_taken_when_its_author_says_by_what() =>
        Assert.Empty(Validate(Sound.Replace("parallelism: 4", "cache: { key: \"${{ params.since }}\" }\n      mounts: [{ path: /x, claim: lake, readOnly: true }]", StringComparison.Ordinal)));

    [Theory]
    [InlineData("params.since }}", "params.sinec }}", "spec.tasks[0].command[3]", "there is no parameter sinec, did you mean \"since\"?")]
    [InlineData("tasks.ingest.values.months", "tasks.ingst.values.months", "spec.tasks[1].forEach", "there is no task ingst, did you mean \"ingest\"?")]
    [InlineData("tasks.ingest.files.raw }}", "tasks.ingest.files.row }}", "spec.tasks[1].inputs.raw", "task ingest has no row under outputs.files, did you mean \"raw\"?")]
    [InlineData("tasks.ingest.files.raw }}", "tasks.ingest.file.raw }}", "spec.tasks[1].inputs.raw", "a task has no file, did you mean \"files\"?")]
    [InlineData("tasks.clean.succeeded > 0", "tasks.clean.succeeded >", "spec.tasks[2].when", "is no expression: unexpected the end, expected an expression at position 24")]
    [InlineData("tasks.clean.succeeded > 0", "siez(params.since) > 0", "spec.tasks[2].when", "there is no function siez, did you mean \"size\"?")]
    [InlineData("tasks.clean.succeeded > 0", "item == 1", "spec.tasks[2].when", "item is known only in a task with forEach")]
    [InlineData("tasks.clean.succeeded > 0", "job.x == 1", "spec.tasks[2].when", "there is no job; an expression knows params, tasks, item and run")]
    [InlineData("tasks.clean.succeeded > 0", "tasks.report.succeeded > 0", "spec.tasks[2].when", "task report refers to itself")]
    [InlineData("tasks.clean.succeeded > 0", "tasks.clean.succeeded > 'a'", "spec.tasks[2].when", "found no matching overload for '_>_' applied to '(int, string)' (at character 23 of the expression)")]
    [InlineData("tasks.clean.succeeded > 0", "tasks.clean.succeeded", "spec.tasks[2].when", "must be true or false, but is of type int")]
    [InlineData("tasks.clean.succeeded > 0", "tasks.clean.files.clean[0].sice > 0", "spec.tasks[2].when", "undefined field 'sice'")]
    [InlineData("tasks.clean.succeeded > 0", "tasks.ingest.files.raw.files[0].pth == 'a'", "spec.tasks[2].when", "undefined field 'pth'")]
    [InlineData("raw: \"${{ tasks.ingest.files.raw }}\"", "raw: \"${{ tasks.ingest.files.raw.files[0].path }}\"", "spec.tasks[1].inputs.raw", "must be a file or a list of files, but is of type string")]
    [InlineData("tasks.clean.succeeded > 0", "run.name", "spec.tasks[2].when", "must be true or false, but is of type string")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "\"${{ tasks.ingest.phase }}\"", "spec.tasks[1].forEach", "must be a list, but is of type string")]
    [InlineData("raw: \"${{ tasks.ingest.files.raw }}\"", "raw: \"${{ tasks.ingest.total }}\"", "spec.tasks[1].inputs.raw", "must be a file or a list of files, but is of type int")]
    [InlineData("default: \"2001-01-01\"", "type: integer, default: \"2001-01-01\"", "spec.params[0].default", "must be of type integer")]
    [InlineData("parallelism: 4", "needs: [cleen]", "spec.tasks[1].needs[0]", "there is no task cleen, did you mean \"clean\"?")]
    [InlineData("forEach: \"${{ tasks.ingest.values.months }}\"", "timeout: 1h", "spec.tasks[1].parallelism", "it limits the items of forEach, which is not set")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "\"months ${{ params.since }}\"", "spec.tasks[1].forEach", "must be a list, one expression that gives a list")]
    [InlineData("parallelism: 4", "timeout: 5 minutes", "spec.tasks[1].timeout", "must be a duration such as 30s, 1h30m or 3d")]
    [InlineData("backoff: 5s", "backoff: soon", "spec.defaults.retries.backoff", "must be a duration such as 30s, 1h30m or 3d")]
    [InlineData("backoff: 5s", "backoff: { frist: 5s }", "spec.defaults.retries.backoff.frist", "a backoff has first, factor, limit and jitter, did you mean \"first\"?")]
    [InlineData("backoff: 5s", "backoff: { first: soon }", "spec.defaults.retries.backoff.first", "must be a duration such as 30s, 1h30m or 3d")]
    [InlineData("backoff: 5s", "backoff: { jitter: 2 }", "spec.defaults.retries.backoff.jitter", "must be a number from 0 to 1")]
    [InlineData("backoff: 5s", "backoff: 5", "spec.defaults.retries.backoff", "must be a duration such as 30s, 1h30m or 3d, or { first, factor, limit, jitter }")]
    [InlineData("backoff: 5s", "only: {}", "spec.defaults.retries.only", "exitCodes or reasons of the failures to try again")]
    [InlineData("backoff: 5s", "only: { exitCodes: [0] }", "spec.defaults.retries.only.exitCodes[0]", "must be from 1 to 255")]
    [InlineData("parallelism: 4", "waitLimit: 5 minutes", "spec.tasks[1].waitLimit", "must be a duration such as 30s, 1h30m or 3d")]
    [InlineData("parallelism: 4", "mounts: [{ path: /in/x, secret: s }]", "spec.tasks[1].mounts[0].path", "must be an absolute path outside of /in, /out and /slipway")]
    [InlineData("parallelism: 4", "mounts: [{ path: /x }]", "spec.tasks[1].mounts[0]", "must have one of secret, configMap, claim and volume")]
    [InlineData("parallelism: 4", "mounts: [{ path: /x, volume: scratch }]", "spec.tasks[1].mounts[0].volume", "there is no volume scratch; volumes are declared in spec.volumes")]
    [InlineData("parallelism: 4", "mounts: [{ path: /x, secret: s, subPath: a }]", "spec.tasks[1].mounts[0].subPath", "it is a directory of a claim or volume, and neither is set")]
    [InlineData("parallelism: 4", "mounts: [{ path: /x, claim: s, subPath: ../a }]", "spec.tasks[1].mounts[0].subPath", "must be a relative path without ..")]
    [InlineData("retries: { limit: 2, backoff: 5s }", "mounts: [{ path: /x, volume: y }]", "spec.defaults.mounts[0].volume", "there is no volume y; volumes are declared in spec.volumes")]
    [InlineData("  tasks:", "  volumes: [{ name: a, size: 0 }]\n  tasks:", "spec.volumes[0].size", "must be a quantity greater than zero, such as 500m or 256Mi")]
    [InlineData("  tasks:", "  volumes: [{ name: a, size: 1Gi, accessModes: [ReadWriteOnc] }]\n  tasks:", "spec.volumes[0].accessModes", "must be one of ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod, did you mean \"ReadWriteOnce\"?")]
    [InlineData("parallelism: 4", "cache: {}\n      mounts: [{ path: /x, claim: lake }]", "spec.tasks[1].cache", "the task mounts the claim lake, and what that holds is no part of a result; hand it on as an output, or take cache out; or mount it with readOnly: true and say in cache.key")]
    [InlineData("parallelism: 4", "cache: { key: v1 }\n      mounts: [{ path: /x, claim: lake }]", "spec.tasks[1].cache", "the task mounts the claim lake")]
    [InlineData("parallelism: 4", "cache: { key: '' }\n      mounts: [{ path: /x, claim: lake, readOnly: true }]", "spec.tasks[1].cache", "the task mounts the claim lake")]
    [InlineData("parallelism: 4", "cache: {}\n      mounts: [{ path: /x, claim: lake, readOnly: true }]", "spec.tasks[1].cache", "the task mounts the claim lake")]
    [InlineData("parallelism: 4", "envFrom: [{ prefix: x }]", "spec.tasks[1].envFrom[0]", "must have one of secret and configMap")]
    [InlineData("parallelism: 4", "sidecars: [{ name: task, image: x }]", "spec.tasks[1].sidecars[0].name", "Duplicate value: \"task\"")]
    [InlineData("parallelism: 4", "sidecars: [{ name: db, image: \"${{ parms.x }}\" }]", "spec.tasks[1].sidecars[0].image", "there is no parms")]
    [InlineData("parallelism: 4", "pod: { metadata: { name: x } }", "spec.tasks[1].pod.metadata.name", "labels and annotations can be set; everything else is Slipway's")]
    [InlineData("parallelism: 4", "pod: { spec: { hostNetwrok: true } }", "spec.tasks[1].pod.spec.hostNetwrok", "a pod has no such field, did you mean \"hostNetwork\"?")]
    [InlineData("parallelism: 4", "pod: { spec: { containers: [{ name: task, resuorces: {} }] } }", "spec.tasks[1].pod.spec.containers[0].resuorces", "a pod has no such field, did you mean \"resources\"?")]
    [InlineData("retries: { limit: 2, backoff: 5s }", "pod: { spec: { nosuch: 1 } }", "spec.defaults.pod.spec.nosuch", "a pod has no such field")]
    [InlineData("parallelism: 4", "pod: { spec: { containers: [{ $patch: delete, name: task }] } }", "spec.tasks[1].pod.spec.containers", "the container task runs the command, and cannot be taken away")]
    [InlineData("parallelism: 4", "pod: { spec: { containers: [{ $patch: replace }, { name: other, image: x }] } }", "spec.tasks[1].pod.spec.containers", "the container task runs the command, and cannot be taken away")]
    [InlineData("parallelism: 4", "pod: { spec: { containers: [{ name: task, command: [x] }] } }", "spec.tasks[1].pod.spec.containers", "set the task's own command")]
    [InlineData("parallelism: 4", "pod: { spec: { restartPolicy: Always } }", "spec.tasks[1].pod.spec.restartPolicy", "must be Never, as it is")]
    [InlineData("parallelism: 4", "pod: { spec: { containers: [{ image: x }] } }", "spec.tasks[1].pod", "cannot be merged into a pod")]
    [InlineData("parallelism: 4", "pod: { status: {} }", "spec.tasks[1].pod.status", "must be metadata or spec of a pod")]
    [InlineData("parallelism: 4", "steps: [{ name: a, command: [x] }]", "spec.tasks[1].steps", "command is set too, and a task has one of command, steps, template, flow and approve")]
    [InlineData("cpu: 500m, memory", "devices: { gpu: 1 }, memory", "spec.defaults.resources.devices.gpu", "must be a number of at least 1 of a resource with a domain")]
    [InlineData("memory: 256Mi", "memory: 256MB", "spec.defaults.resources.memory", "must be a quantity greater than zero")]
    [InlineData("limit: 2Gi", "limit: lots", "spec.tasks[1].onOutOfMemory.limit", "must be a quantity greater than zero")]
    [InlineData(", memory: 256Mi", "", "spec.tasks[1].resources.memory", "onOutOfMemory raises it, so it must be set here or in spec.defaults")]
    [InlineData("image: slipway.local/flights:1", "timeout: 1h", "spec.tasks[0].image", "set it here or in spec.defaults")]
    [InlineData("/out/raw.parquet", "/tmp/raw.parquet", "spec.tasks[0].outputs.files.raw", "must be the path of a file or directory under /out")]
    [InlineData("{ raw: \"${{ tasks.ingest.files.raw }}\" }", "{ raw-file: \"${{ tasks.ingest.files.raw }}\" }", "spec.tasks[1].inputs.raw-file", "names have letters, digits and underscores")]
    [InlineData("{ raw: \"${{ tasks.ingest.files.raw }}\" }", "{ raw: raw.parquet }", "spec.tasks[1].inputs.raw", "must be an expression that names a file")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ range: { from: 1, too: 3 } }", "spec.tasks[1].forEach.range.too", "a range has from, to and step, did you mean \"to\"?")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ range: { from: 1 } }", "spec.tasks[1].forEach.range.to", "the last number")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ range: { to: 1.5 } }", "spec.tasks[1].forEach.range.to", "must be a whole number or one expression that gives one")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ range: { to: 5, step: 0 } }", "spec.tasks[1].forEach.range.step", "must be a whole number other than 0")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ matrix: { a: 1 } }", "spec.tasks[1].forEach.matrix.a", "must be a list or one expression that gives a list")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ matrix: { a: [\"${{ parms.x }}\"] } }", "spec.tasks[1].forEach.matrix.a[0]", "there is no parms")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ matrix: { a: [1] }, exclude: [{ b: 1 }] }", "spec.tasks[1].forEach.exclude[0].b", "the matrix has no b")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ rage: { to: 3 } }", "spec.tasks[1].forEach", "must be a list, one expression that gives a list")]
    [InlineData("parallelism: 4", "repeat: { until: values.x, limit: 3 }", "spec.tasks[1].repeat.until", "a round has no x under outputs.values")]
    [InlineData("parallelism: 4", "repeat: { until: iteration > 3 && previous.values.x, limit: 3 }", "spec.tasks[1].repeat.until", "there is no previous")]
    [InlineData("parallelism: 4", "repeat: { until: \"true\", limit: 3, pause: soon }", "spec.tasks[1].repeat.pause", "must be a duration")]
    [InlineData("${{ item }}", "${{ iteration }}", "spec.tasks[1].command[3]", "iteration is known only in a task with repeat")]
    [InlineData("${{ item }}", "${{ item",  "spec.tasks[1].command[3]", "is no expression: ${{ without }} at position 1")]
    [InlineData("- name: report", "- name: clean", "spec.tasks[2].name", "Duplicate value: \"clean\"")]
    [InlineData("0 6 * * *", "0 25 * * *", "spec.schedule.cron", "has the hour 25, which must be 0 to 23: one of them, * for all, a list 1,3, a range 2-5, or steps */2")]
    [InlineData("0 6 * * *", "0 6 * * 7", "spec.schedule.cron", "has the day of week 7, which must be 0 to 6 or sun to sat: one of them, * for all, a list 1,3, a range 2-5, or steps */2; Sunday is 0 or sun, and 5-7 is written 5,6,0")]
    [InlineData("0 6 * * *", "0 6 * mai mon", "spec.schedule.cron", "has the month mai, which must be 1 to 12 or jan to dec")]
    [InlineData("0 6 * * *", "*/0 6 L * 1", "spec.schedule.cron", "has the minute */0, which must be 0 to 59")]
    [InlineData("0 6 * * *", "0 0 6 * * MON", "spec.schedule.cron", "0 6 * * *, or @hourly, @daily, @weekly, @monthly, @yearly; these are 6: leave out seconds and year")]
    [InlineData("0 6 * * *", "6 *", "spec.schedule.cron", "; these are 2")]
    [InlineData("0 6 * * *", "daily", "spec.schedule.cron", "must be five fields as in crontab (minute, hour, day of month, month, day of week), such as 0 6 * * *, or @hourly, @daily, @weekly, @monthly, @yearly; this is 1")]
    [InlineData("0 6 * * *", "0 0 31 2 *", "spec.schedule.cron", "is a time that never comes")]
    [InlineData("tasks.clean.succeeded > 0", "run.start.getHours('Europe/Berlim') > 0", "spec.tasks[2].when", "there is no time zone Europe/Berlim; it is an IANA name such as Europe/Berlin, or an offset such as +01:00")]
    [InlineData("raw: \"${{ tasks.ingest.files.raw }}\"", "raw: \"${{ tasks.ingest.values.months }}\"", "spec.tasks[1].inputs.raw", "must be a file or a list of files, but months is a value of its task")]
    [InlineData("raw: \"${{ tasks.ingest.files.raw }}\"", "raw: \"${{ tasks.ingest.values.months[0].path }}\"", "spec.tasks[1].inputs.raw", "but months is a value of its task")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ range: { from: 1, to: 200000 } }", "spec.tasks[1].forEach.range", "gives 200000 items, and must give no more than 100000; group them")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ range: { from: 200000, to: 0, step: -1 } }", "spec.tasks[1].forEach.range", "gives 200001 items")]
    [InlineData("catchUp: 3d", "catchUp: 3x", "spec.schedule.catchUp", "must be a duration")]
    [InlineData("0 6 * * *", "@every 5m", "spec.schedule.cron", "must be five fields as in crontab")]
    [InlineData("Europe/Berlin", "Europe/Berlim", "spec.schedule.timeZone", "must be an IANA time zone such as Europe/Berlin")]
    [InlineData("catchUp: 3d", "catchUpLimit: 3", "spec.schedule.catchUpLimit", "it limits catchUp, which is not set")]
    [InlineData("catchUp: 3d", "params: { sinec: x }", "spec.schedule.params.sinec", "the flow has no such parameter, did you mean \"since\"?")]
    [InlineData("{ name: since, default: \"2001-01-01\" }", "{ name: since }", "spec.schedule.params.since", "the parameter has no default, so the schedule must set it")]
    [InlineData("  defaults:", "  schedules: [{ name: default, cron: '@daily' }]\n  defaults:", "spec.schedules[0].name", "Duplicate value: \"default\"")]
    [InlineData("  defaults:", "  schedules: [{ name: b, cron: '@dayly' }]\n  defaults:", "spec.schedules[0].cron", "there is no @dayly, did you mean \"@daily\"?")]
    [InlineData("name: flight-delays", "name: flight-delays-with-a-name-that-is-much-too-long-for-its-runs", "metadata.name", "must be no more than 50 characters")]
    public void A_fault_is_told_with_its_field(string from, string to, string field, string message)
    {
        Assert.Contains(from, Sound, StringComparison.Ordinal);
        var cause = Assert.Single(Validate(Sound.Replace(from, to, StringComparison.Ordinal)), c => c.Field == field);
        Assert.Contains(message, cause.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 6 * * *", "0 0 29 2 *")]
    [InlineData("0 6 * * *", "0 0 31 2 1")] // on Mondays
    [InlineData("tasks.clean.succeeded > 0", "run.start.getHours('Europe/Berlin') + run.start.getHours('+01:00') + run.start.getHours('UTC') > 0")]
    [InlineData("\"${{ tasks.ingest.values.months }}\"", "{ range: { from: 1, to: 100000 } }")]
    public void What_can_be_is_taken(string from, string to) =>
        Assert.Empty(Validate(Sound.Replace(from, to, StringComparison.Ordinal)));

    [Theory]
    [InlineData("{ spec: { restartPolicy: Never, shareProcessNamespace: true } }")]
    [InlineData("{ metadata: { labels: { team: data } }, spec: { hostAliases: [{ ip: 1.2.3.4, hostnames: [a] }] } }")]
    [InlineData("{ spec: { containers: [{ name: task, $setElementOrder/env: [{ name: A }], env: [{ name: A, value: \"${{ item }}\" }] }, { name: more, image: x, command: [y] }] } }")]
    [InlineData("{ spec: { nodeName: \"${{ item }}\", volumes: [{ name: v, $retainKeys: [hostPath, name], hostPath: { path: /x } }] } }")]
    public void What_is_a_pods_may_be_set(string pod) =>
        Assert.Empty(Validate(Sound.Replace("parallelism: 4", $"pod: {pod}", StringComparison.Ordinal)));

    [Theory]
    [InlineData("params.n + 1 > 2 && params.s.startsWith('a')", null)]
    [InlineData("params.n + params.s == ''", "found no matching overload for '_+_'")]
    [InlineData("params.n > 'x'", "found no matching overload")]
    [InlineData("params.any + 1 == params.any", null)]
    [InlineData("size(params) == 3 && params['n'] == 1 && 'n' in params", null)]
    [InlineData("tasks['a-b'].succeeded == 1 && tasks['a-b'].values.v.x.y == 3", null)]
    [InlineData("tasks.each.values.v[0] == 1 && tasks.each.values.v.all(v, v > 0)", null)]
    [InlineData("tasks.each.values.v > 1", "found no matching overload")]
    [InlineData("tasks.each.files.f.all(f, f.size > 0 && f.index < 3)", null)]
    [InlineData("has(tasks.each.values.v) && tasks.each.values.size() == 1", null)]
    [InlineData("run.name.size() > 3 && params.list.size() > 0 && params.map.x == 1", null)]
    public void Types_are_checked_as_far_as_they_are_known(string when, string? message)
    {
        var spec = (JsonObject)DocumentReader.ParseYaml("""
            params: [{ name: n, type: integer }, { name: s, type: string }, { name: any }, { name: list, type: array }, { name: map, type: object }]
            tasks:
              - { name: a-b, image: i, command: [c], outputs: { values: { v: /out/v } } }
              - { name: each, image: i, command: [c], forEach: [1, 2], outputs: { values: { v: /out/v }, files: { f: /out/f } } }
              - { name: last, image: i, command: [c], when: x }
            """)[0];
        spec["tasks"]![2]!["when"] = when;
        var causes = FlowRules.Validate(System.Text.Json.JsonSerializer.Deserialize(spec, KindsJson.Default.FlowSpec)!);
        if (message is null)
            Assert.Empty(causes.Select(c => c.Message));
        else
            Assert.Contains(message, Assert.Single(causes).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[a, b]", "item.startsWith('a')", null)]
    [InlineData("[a, b]", "item + 1", "found no matching overload")]
    [InlineData("[1, a]", "item + 1", null)]
    [InlineData("{ range: { to: 3 } }", "item * 2", null)]
    [InlineData("{ range: { to: 3 } }", "item + 'a'", "found no matching overload")]
    [InlineData("{ matrix: { a: [1], b: \"${{ [1] }}\" } }", "item.a + item.b", null)]
    [InlineData("{ matrix: { a: [1], b: [x] } }", "item.c", "undefined field 'c'")]
    [InlineData("\"${{ ['x'] }}\"", "item - 1", "found no matching overload")]
    public void Items_have_types(string forEach, string expression, string? message)
    {
        var spec = (JsonObject)DocumentReader.ParseYaml($"tasks: [{{ name: a, image: i, forEach: {forEach}, command: [c, x] }}]")[0];
        spec["tasks"]![0]!["command"]![1] = $"${{{{ {expression} }}}}";
        var causes = FlowRules.Validate(System.Text.Json.JsonSerializer.Deserialize(spec, KindsJson.Default.FlowSpec)!);
        Assert.Equal(message is null ? 0 : 1, causes.Count);
        if (message is not null)
            Assert.Contains(message, causes[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: [b], b: [c], c: [a]", "a needs b needs c needs a")]
    [InlineData("a: [b], b: [c], c: [b]", "b needs c needs b")]
    [InlineData("a: [a]", "a needs a")]
    [InlineData("a: [b, c], b: [c], c: []", null)]
    public void A_circle_is_named(string needs, string? circle)
    {
        var tasks = ((JsonObject)DocumentReader.ParseYaml($"{{ {needs} }}")[0]).Select(p =>
            new FlowTask { Name = p.Key, Image = "i", Command = ["true"], Needs = [.. p.Value!.AsArray().Select(n => n!.GetValue<string>())] });
        var causes = FlowRules.Validate(new FlowSpec { Tasks = [.. tasks] });
        if (circle is null)
            Assert.Empty(causes);
        else
            Assert.Contains(circle, Assert.Single(causes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_with_a_dash_is_told_how_to_be_written()
    {
        var spec = new FlowSpec
        {
            Tasks =
            [
                new FlowTask { Name = "split-months", Image = "i", Command = ["true"], Outputs = new TaskOutputs { Files = new() { ["f"] = "/out/f" } } },
                new FlowTask { Name = "next", Image = "i", Command = ["true"], Inputs = new() { ["f"] = "${{ tasks.split-months.files.f }}" } },
            ],
        };
        Assert.Contains(FlowRules.Validate(spec), c => c.Message.Contains("a name with a dash is written tasks['split-months']", StringComparison.Ordinal));
        spec.Tasks[1].Inputs!["f"] = "${{ tasks['split-months'].files.f }}";
        Assert.Empty(FlowRules.Validate(spec));
        Assert.Equal(["split-months"], FlowExpressions.NeedsOf(spec.Tasks[1], spec, null));
    }

    [Theory]
    [InlineData("1500ms", 1.5)]
    [InlineData("90s", 90.0)]
    [InlineData("1h30m", 5400.0)]
    [InlineData("3d", 259200.0)]
    [InlineData("0.5h", 1800.0)]
    [InlineData("5", null)]
    [InlineData("", null)]
    [InlineData("-5s", null)]
    [InlineData("5y", null)]
    [InlineData("99999999d", null)]
    public void Durations(string text, double? seconds)
    {
        Assert.Equal(seconds is not null, FlowDuration.TryParse(text, out var duration));
        if (seconds is not null)
            Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("""{"since": "2002"}""", """{"since":"2002","n":3}""", null)]
    [InlineData("{}", """{"since":"2001-01-01","n":3}""", null)]
    [InlineData("""{"sinse": 1}""", null, "spec.params.sinse: the flow has no such parameter, did you mean \"since\"?")]
    public void Parameters_have_defaults(string given, string? resolved, string? problem)
    {
        var spec = new FlowSpec { Params = [new FlowParam { Name = "since", Default = "2001-01-01" }, new FlowParam { Name = "n", Default = 3 }] };
        var result = FlowRunRules.ResolveParams(spec, JsonNode.Parse(given)!.AsObject().ToDictionary(p => p.Key, p => p.Value));
        Assert.Equal(problem, result.Problem);
        if (resolved is not null)
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(resolved), new JsonObject(result.Params)));
    }

    [Fact]
    public void A_parameter_without_default_must_be_set() => Assert.Contains(
        "has no default, so the run must set it",
        FlowRunRules.ResolveParams(new FlowSpec { Params = [new FlowParam { Name = "day" }] }, null).Problem,
        StringComparison.Ordinal);

    private static IReadOnlyList<StatusCause> Validate(string yaml) => FlowRules.Validate(DocumentReader.ParseYaml(yaml)[0]);
}
