using Slipway.Flows;

namespace Cli.Tests.Commands;

public sealed class LineageTests : LedgerFixture
{
    private const string Report = "f9c89fc7dbb2c31ce78f7a2a8b4d8b2b8d5f0d5b1f0c0b8b3f6d9c5d3b5c0a01";
    private static readonly string Raw = new('a', 64);
    private static readonly string Clean = new('b', 64);
    private static readonly string Page = new('c', 64);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (var day in new[] { 0, 1 })
        {
            await RecordAsync(
                Run($"f-{day}", "f", Start.AddDays(day)),
                Attempt("ingest", Start.AddDays(day)) with { Files = Left("raw", Raw) },
                Attempt("etl.clean[0]", Start.AddDays(day)) with { Inputs = [new("/in/raw", Raw)], Files = Left("clean", Clean) },
                Attempt("report", Start.AddDays(day)) with { Inputs = [new("/in/months/00000-clean", Clean)], Values = new Dictionary<string, ValueRecord> { ["report"] = new(Report, "1") } });
        }

        await RecordAsync(Run("site-1", "site", Start.AddDays(2)), Attempt("publish", Start.AddDays(2)) with { Inputs = [new("/in/report", Report)], Files = Left("page", Page) });
    }

    [Fact]
    public async Task Where_an_artifact_comes_from_and_what_was_made_of_it_is_drawn()
    {
        var result = await RunAsync($"lineage {Report[..12]}");
        Assert.Equal(
            $"""
            {Report}
              made by report of run f-1, 2026-01-02T07:00:00.000Z, as report
                from /in/months/00000-clean {Clean[..12]}
                  made by etl.clean[0] of run f-1, 2026-01-02T07:00:00.000Z, as clean
                    from /in/raw {Raw[..12]}
                      made by ingest of run f-1, 2026-01-02T07:00:00.000Z, as raw
              read by publish of run site-1, 2026-01-03T07:00:00.000Z, at /in/report
                which made page {Page[..12]}

            """, result.Out);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(
            $"""
            {Report}
              made by report of run f-1, 2026-01-02T07:00:00.000Z, as report
                from /in/months/00000-clean {Clean[..12]}
              read by publish of run site-1, 2026-01-03T07:00:00.000Z, at /in/report
                which made page {Page[..12]}

            """, (await RunAsync($"lineage {Report} --depth 1")).Out);
    }

    [Fact]
    public async Task A_file_of_a_directory_has_the_lineage_of_that()
    {
        var (model, weights) = (new string('d', 64), new string('e', 64));
        await RecordAsync(
            Run("m-1", "m", Start.AddDays(3)), new DirectoryMembers(model, [weights]),
            Attempt("train", Start.AddDays(3)) with { Files = new Dictionary<string, FileRecord> { ["model"] = new(model, 7, "model", 1) } },
            Attempt("score", Start.AddDays(3)) with { Inputs = [new("/in/model", model)] });
        Assert.Equal(
            $"""
            {weights}
              made by train of run m-1, 2026-01-04T07:00:00.000Z, as model/…
              read by score of run m-1, 2026-01-04T07:00:00.000Z, at /in/model/…

            """, (await RunAsync($"lineage {weights[..12]}")).Out);
    }

    [Fact]
    public async Task A_file_is_known_by_its_content_and_what_is_not_known_is_said()
    {
        var result = await RunAsync($"lineage {File("copy.bin", "content")}");
        Assert.Equal((1, $"error: no run of namespace default has read or left {Files}/copy.bin (ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73).\n"), (result.ExitCode, result.Error));
        Assert.Contains("there is no file nothing.bin, and it is no SHA-256", (await RunAsync("lineage nothing.bin")).Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, FileRecord> Left(string name, string sha256) => new() { [name] = new(sha256, 7, name) };
}
