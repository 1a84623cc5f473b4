using System.Formats.Tar;
using System.Text;
using Slipway.Cli;
using Slipway.Cli.Artifacts;
using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Cli.Tests.Commands;

public sealed class ArtifactsTests : LedgerFixture
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);
    private string file = "";
    private DirectoryManifest site = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        file = await KeepAsync("content");
        site = DirectoryManifest.Of(
        [
            new("index.html") { Sha256 = await KeepAsync("<html>"), Size = 6 }, new("js"), new("js/ü.js") { Sha256 = await KeepAsync("1"), Size = 1 }, new("latest") { Link = "js" }, new("none"),
            new("serve") { Sha256 = await KeepAsync(new string('#', 300_000)), Size = 300_000, IsExecutable = true }, new("void") { Sha256 = await KeepAsync(""), Size = 0 },
        ]);
        await Store.WriteAsync(site.Content, Cancellation);
        await RecordAsync(
            Run("f-1", "f", Start), new DirectoryMembers(site.Sha256, [.. site.Entries.Select(e => e.Sha256).OfType<string>()]),
            Attempt("clean[0]", Start) with { Files = Left("table", new(file, 7, "table.csv")) },
            Attempt("clean[1]", Start) with { Files = Left("table", new(new string('b', 64), 1 << 20, "table.csv")) },
            Attempt("etl.report", Start) with
            {
                Files = Left("site", new(site.Sha256, site.Size, "site", site.FileCount)),
                Values = new Dictionary<string, ValueRecord> { ["rows"] = new(await KeepAsync("17"), "17") },
            });
        await RecordAsync(Run("g-1", "g", Start.AddDays(1)), Attempt("clean[0]", Start.AddDays(1)) with { Files = Left("table", new(file, 7, "..")) });
    }

    [Fact]
    public async Task What_tasks_left_is_listed_by_run_flow_and_task()
    {
        var all = await RunAsync("artifacts list");
        Assert.Equal((0, ""), (all.ExitCode, all.Error));
        Assert.Equal(
            [
                $"RUN TASK/OUTPUT TYPE SIZE SHA256 LEFT KEPT",
                $"g-1 clean[0]/table File 7 {file[..12]} {Local(Start.AddDays(1).AddHours(1))} yes",
                $"f-1 clean[0]/table File 7 {file[..12]} {Local(Start.AddHours(1))} yes",
                $"f-1 clean[1]/table File 1Mi bbbbbbbbbbbb {Local(Start.AddHours(1))} no",
                $"f-1 etl.report/site Directory 292Ki in 4 files {site.Sha256[..12]} {Local(Start.AddHours(1))} yes",
                $"f-1 etl.report/rows Value {Hash("17")[..12]} {Local(Start.AddHours(1))} yes",
            ],
            Lines(all.Out));
        Assert.Equal(4, Lines((await RunAsync("artifacts list --run f-1")).Out).Length - 1);
        Assert.Single(Lines((await RunAsync("artifacts list --flow g")).Out)[1..]);
        Assert.Equal(2, Lines((await RunAsync("artifacts list --flow f --task clean")).Out).Length - 1);
        Assert.Single(Lines((await RunAsync("artifacts list --run f-1 --task clean[1]")).Out)[1..]);
        Assert.Equal(2, Lines((await RunAsync("artifacts list --task etl")).Out).Length - 1);
        Assert.Single(Lines((await RunAsync("artifacts list --since 2026-01-02")).Out)[1..]);
        Assert.Equal(2, Lines((await RunAsync("artifacts list --limit 2")).Out).Length - 1);
        Assert.Contains("\"fileCount\": 4", (await RunAsync("artifacts list --task etl.report -o json")).Out, StringComparison.Ordinal);
        Assert.Equal("No artifacts found in namespace default.\n", (await RunAsync("artifacts list --flow none")).Error);
        Assert.Equal("error: there is no run \"none\" in namespace default; \"slipway runs\" lists them.\n", (await RunAsync("artifacts list --run none")).Error);
        Assert.Contains("names no task", (await RunAsync("artifacts list --task clean[")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("artifacts")]
    [InlineData("runs")]
    public async Task A_file_or_value_is_written_where_it_is_wanted(string command)
    {
        var target = Path.Combine(Files, "copy.csv");
        for (var i = 0; i < 2; i++)
            Assert.Equal((0, $"{target}\n", ""), Parts(await RunAsync($"{command} get f-1 clean[0]/table -o {target}")));
        Assert.Equal("content", await System.IO.File.ReadAllTextAsync(target, Cancellation));
        Assert.Equal((0, $"{Files}/rows.json\n", ""), Parts(await RunAsync($"{command} get f-1 etl.report/rows -o {Files}")));
        Assert.Equal("17", await System.IO.File.ReadAllTextAsync(Path.Combine(Files, "rows.json"), Cancellation));
        Assert.Equal((0, $"{Files}/table\n", ""), Parts(await RunAsync($"{command} get g-1 clean[0]/table -o {Files}"))); // not the name that would lead elsewhere
    }

    [Fact]
    public async Task A_directory_comes_with_all_that_is_in_it()
    {
        Assert.Equal((0, $"{Files}/site\n", ""), Parts(await RunAsync($"artifacts get f-1 etl.report/site -o {Files}")));
        var target = Path.Combine(Files, "site");
        Assert.Equal(["index.html", "js", "js/ü.js", "latest", "latest/ü.js", "none", "serve", "void"],
            Directory.EnumerateFileSystemEntries(target, "*", new EnumerationOptions { RecurseSubdirectories = true }).Select(f => Path.GetRelativePath(target, f)).Order(StringComparer.Ordinal));
        Assert.Equal("1", await System.IO.File.ReadAllTextAsync(Path.Combine(target, "js", "ü.js"), Cancellation));
        Assert.Equal("js", new FileInfo(Path.Combine(target, "latest")).LinkTarget);
        Assert.True(System.IO.File.GetUnixFileMode(Path.Combine(target, "serve")).HasFlag(UnixFileMode.UserExecute));
        Assert.False(System.IO.File.GetUnixFileMode(Path.Combine(target, "void")).HasFlag(UnixFileMode.UserExecute));

        var again = await RunAsync($"artifacts get f-1 etl.report/site -o {Files}");
        Assert.Equal((1, $"error: there is a directory {target} already; remove it, or name another place with -o.\n"), (again.ExitCode, again.Error));
        Assert.Equal([target], Directory.EnumerateDirectories(Files));
    }

    [Fact]
    public async Task A_file_of_a_directory_can_be_had_alone()
    {
        Assert.Equal((0, $"{Files}/ü.js\n", ""), Parts(await RunAsync($"artifacts get f-1 etl.report/site/js/ü.js -o {Files}")));
        Assert.Equal("1", await System.IO.File.ReadAllTextAsync(Path.Combine(Files, "ü.js"), Cancellation));
    }

    [Fact]
    public async Task What_calls_and_the_run_itself_leave_by_their_outputs_can_be_had()
    {
        const string Spec = """
            {
              "templates": [{
                "name": "t",
                "tasks": [
                  { "name": "w", "image": "x:1", "forEach": ["a", "b"], "command": ["w"], "outputs": { "files": { "o": "/out/o" } } },
                  { "name": "c", "image": "x:1", "command": ["c"], "outputs": { "values": { "n": "/out/n" }, "files": { "site": "/out/site" } } }
                ],
                "outputs": { "files": { "o": "${{ tasks.w.files.o[1] }}", "list": "${{ tasks.w.files.o }}", "site": "${{ tasks.c.files.site }}" }, "values": { "n": "${{ tasks.c.values.n }}" } }
              }],
              "tasks": [{ "name": "s", "template": "t" }, { "name": "e", "template": "t", "forEach": [1, 2] }],
              "outputs": { "files": { "table": "${{ tasks.s.files.o }}" }, "values": { "sum": "${{ tasks.s.values.n + 1 }}", "both": "${{ tasks.e.values.n }}" } }
            }
            """;
        var attempts = new[] { "s", "e[0]", "e[1]" }.SelectMany(call => new[]
        {
            Attempt($"{call}.w[0]", Start) with { Item = "a", Files = Left("o", new(new string('c', 64), 1, "o.csv")) },
            Attempt($"{call}.w[1]", Start) with { Item = "b", Files = Left("o", new(file, 7, "o.csv")) },
            Attempt($"{call}.c", Start) with { Files = Left("site", new(site.Sha256, site.Size, "site", site.FileCount)), Values = new Dictionary<string, ValueRecord> { ["n"] = new(Hash("17"), "17") } },
        });
        await RecordAsync(Run("h-1", "h", Start) with { Spec = Spec }, [.. attempts]);

        foreach (var (output, name, content) in new[] { ("s/o", "o.csv", "content"), ("s/n", "n.json", "17"), ("e[1]/o", "o.csv", "content"), ("table", "o.csv", "content"), ("sum", "sum.json", "18"), ("both", "both.json", "[17,17]") })
        {
            Assert.Equal((0, $"{Files}/{name}\n", ""), Parts(await RunAsync($"artifacts get h-1 {output} -o {Files}")));
            Assert.Equal(content, await System.IO.File.ReadAllTextAsync(Path.Combine(Files, name), Cancellation));
        }

        Assert.Equal(0, (await RunAsync($"artifacts get h-1 s/site -o {Files}/whole")).ExitCode);
        Assert.Equal("1", await System.IO.File.ReadAllTextAsync(Path.Combine(Files, "whole", "js", "ü.js"), Cancellation));
        Assert.Contains("s/list of run h-1 is a list of 2 files", (await RunAsync("artifacts get h-1 s/list")).Error, StringComparison.Ordinal);
        Assert.Contains("e ran 2 times in run h-1; say which by its path, such as e[0]/o", (await RunAsync("artifacts get h-1 e/o")).Error, StringComparison.Ordinal);
        Assert.Contains("run h-1 has left no gone;", (await RunAsync("artifacts get h-1 gone")).Error, StringComparison.Ordinal);

        var listed = Lines((await RunAsync("artifacts list --run h-1")).Out);
        Assert.Equal(
            [
                $"h-1 table File 7 {file[..12]} {Local(Start.AddHours(1))} yes",
                $"h-1 sum Value {Hash("18")[..12]} {Local(Start.AddHours(1))} yes",
                $"h-1 both Value {Hash("[17,17]")[..12]} {Local(Start.AddHours(1))} yes",
                $"h-1 s/o File 7 {file[..12]} {Local(Start.AddHours(1))} yes",
                $"h-1 s/site Directory 292Ki in 4 files {site.Sha256[..12]} {Local(Start.AddHours(1))} yes",
                $"h-1 s/n Value {Hash("17")[..12]} {Local(Start.AddHours(1))} yes",
            ],
            listed[1..7]);
        Assert.Contains(listed, l => l.StartsWith("h-1 s.w[0]/o ", StringComparison.Ordinal));
        Assert.DoesNotContain(Lines((await RunAsync("artifacts list --run h-1 --task s")).Out), l => l.StartsWith("h-1 table", StringComparison.Ordinal));
        var shown = Lines((await RunAsync("runs show h-1")).Out);
        Assert.Contains($"table 7 {file[..12]}", shown);
        Assert.Contains("s/list 2 files", shown);
        Assert.Contains($"s/n value {Hash("17")[..12]}", shown);
    }

    [Fact]
    public async Task To_the_standard_output_a_directory_goes_as_an_archive()
    {
        using var connection = new ApiConnection(Cluster.Admin, "default");
        var ledger = new LedgerClient(connection);
        var artifact = KeptArtifact.Find((await ledger.FindAsync("f-1", Cancellation))!, OutputPath.Parse("etl.report/site")!);
        using var output = new MemoryStream();
        await new ArtifactDownload(ledger, "f-1", artifact).ToAsync(output, Cancellation);
        await using var archive = new TarReader(new MemoryStream(output.ToArray()));
        var entries = new List<string>();
        while (await archive.GetNextEntryAsync(copyData: true, Cancellation) is { } entry)
            entries.Add($"{entry.EntryType} {entry.Name} {entry.Length} {entry.LinkName}{(entry.Mode.HasFlag(UnixFileMode.UserExecute) ? "x" : "")}");
        Assert.Equal(
            [
                "RegularFile index.html 6 ", "Directory js 0 x", "RegularFile js/ü.js 1 ", "SymbolicLink latest 0 js", "Directory none 0 x", "RegularFile serve 300000 x", "RegularFile void 0 ",
            ],
            entries);
    }

    [Fact]
    public async Task What_is_damaged_is_told_and_nothing_is_left_of_it()
    {
        Spoil(Hash("1"));
        await IsToldAsync("etl.report/site", Hash("1"));
        Spoil(site.Sha256);
        await IsToldAsync("etl.report/site", site.Sha256);
        Spoil(file);
        await IsToldAsync("clean[0]/table", file);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Files));

        async Task IsToldAsync(string artifact, string damaged)
        {
            var result = await RunAsync($"artifacts get f-1 {artifact} -o {Files}/here");
            Assert.Equal(1, result.ExitCode);
            Assert.Contains($"artifact {damaged} is damaged: its content is not what was stored", result.Error, StringComparison.Ordinal);
        }

        void Spoil(string sha256)
        {
            var path = Path.Combine(Store.Root, "sha256", sha256[..2], sha256);
            var content = System.IO.File.ReadAllBytes(path);
            content[0]++;
            System.IO.File.Delete(path);
            System.IO.File.WriteAllBytes(path, content);
        }
    }

    [Theory]
    [InlineData("get f-1 clean/table", "clean ran 2 times in run f-1; say which by its path, such as clean[0]/table")]
    [InlineData("get f-1 clean[0]/nothing", "clean[0] of run f-1 has left no nothing; \"slipway artifacts list --run f-1\" lists")]
    [InlineData("get f-1 clean[7]/table", "clean[7] of run f-1 has left no table")]
    [InlineData("get none clean[0]/table", "there is no run \"none\" in namespace default")]
    [InlineData("get f-1 etl.report/site/js/x", "etl.report/site has no file js/x")]
    [InlineData("get f-1 etl.report/site/js", "etl.report/site has no file js")]
    [InlineData("get f-1 clean[0]/table/x", "clean[0]/table is a file, and has nothing at x")]
    [InlineData("get f-1 clean[0]", "\"clean[0]\" does not name an output")]
    [InlineData("open f-1 clean[1]/table", "is not in the store; run the task again that made it")]
    public async Task What_is_not_there_is_named(string arguments, string message) =>
        Assert.Contains(message, (await RunAsync($"artifacts {arguments}")).Error, StringComparison.Ordinal);

    [Fact]
    public async Task Without_a_desktop_it_is_said_where_the_artifact_is()
    {
        var result = await RunAsync("artifacts open f-1 clean[0]/table");
        Assert.Equal((0, "There is no desktop here to open it on.\n"), (result.ExitCode, result.Error));
        Assert.Equal("content", await System.IO.File.ReadAllTextAsync(result.Out.TrimEnd('\n'), Cancellation));
        Directory.Delete(Path.GetDirectoryName(result.Out)!, recursive: true);
    }

    [Fact]
    public async Task On_a_desktop_a_site_is_opened_at_its_page()
    {
        var opener = File("xdg-open", $"#!/bin/sh\nprintf %s \"$1\" > {Files}/part && mv {Files}/part {Files}/opened\n");
        System.IO.File.SetUnixFileMode(opener, (UnixFileMode)0b111_101_101);
        (Variables["DISPLAY"], Variables["PATH"]) = (":0", $"/nowhere:{Files}");
        var result = await RunAsync("artifacts open f-1 etl.report/site");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var opened = Path.Combine(Files, "opened");
        for (var i = 0; i < 500 && !System.IO.File.Exists(opened); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        Assert.Equal(Path.Combine(result.Out.TrimEnd('\n'), "index.html"), await System.IO.File.ReadAllTextAsync(opened, Cancellation));
        Directory.Delete(Path.GetDirectoryName(result.Out)!, recursive: true);
    }

    private ValueTask<string> KeepAsync(string content) => Store.WriteAsync(Encoding.UTF8.GetBytes(content), Cancellation);

    private static string Hash(string content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private static Dictionary<string, FileRecord> Left(string name, FileRecord file) => new() { [name] = file };

    private static (int ExitCode, string Out, string Error) Parts(Outcome outcome) => (outcome.ExitCode, outcome.Out, outcome.Error);

    private static string Local(DateTimeOffset time) => time.LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);

    private static string[] Lines(string text) => [.. text.TrimEnd('\n').Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
}
