using Slipway.Testing;
using Slipway.Testing.Postgres;

namespace EndToEnd.Tests;

/// <summary>A cluster whose ledger is in a PostgreSQL, which dies while a flow runs.</summary>
public sealed class LedgerDatabaseTests : IAsyncLifetime
{
    private readonly SlipwayCli slipway = new("pg");
    private PostgresServer postgres = null!;
    private string database = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        postgres = await PostgresServer.StartAsync(Cancellation);
        database = await postgres.CreateDatabaseAsync(Cancellation);
        (await slipway.RunAsync("up", "--ledger", postgres.ConnectionString(database))).Expect();
        await BusyboxImage.BuildAsync(slipway);
    }

    public async ValueTask DisposeAsync()
    {
        await slipway.DisposeAsync();
        await postgres.DisposeAsync();
    }

    [Fact]
    public async Task A_run_waits_for_its_ledger_and_ends_right()
    {
        var flow = await slipway.WriteFlowAsync("waits", """
            - { name: one, command: [sh, -c, "sleep 10; echo 1 > /out/n"], outputs: { files: { n: /out/n } } }
            - { name: two, inputs: { n: "${{ tasks.one.files.n }}" }, command: [cat, /in/n] }
            """);
        (await slipway.RunAsync("run", flow, "--detach")).Expect();
        await slipway.WaitForRunAsync("waits", run => run.Phase() == "Running");
        await postgres.CrashAsync();
        await slipway.WaitForRunAsync("waits", run => ((string?)run["status"]!["message"])?.Contains($"/{database} cannot be", StringComparison.Ordinal) == true);
        await postgres.StartAgainAsync(Cancellation);
        var ended = await slipway.WaitForRunAsync("waits", run => run.Phase() is "Succeeded" or "Failed");
        Assert.Equal("Succeeded", ended.Phase());
        Assert.Equal(["one 1", "two 1"], (await slipway.AttemptsAsync("waits")).Select(a => $"{a["path"]} {a["attempt"]}"));
        Assert.Equal("2", await postgres.QueryAsync(database, "SELECT count(*) FROM attempts WHERE reason = 'Succeeded'", Cancellation));

        // The next start needs no option, and no file has what the database has.
        (await slipway.RunAsync("down")).Expect();
        (await slipway.RunAsync("up")).Expect();
        Assert.Equal(2, (await slipway.AttemptsAsync("waits")).Count);
        var refusal = await slipway.RunAsync("up", "--ledger", "Host=elsewhere;Password=x");
        Assert.Contains("write Passfile=FILE", refusal.Expect(2).Error, StringComparison.Ordinal);
    }
}
