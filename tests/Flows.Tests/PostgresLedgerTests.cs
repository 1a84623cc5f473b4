using Slipway.Testing.Postgres;

namespace Slipway.Flows.Tests;

/// <summary>A server that tests of a class share, each in a database of its own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    internal PostgresServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await PostgresServer.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

public sealed class PostgresLedgerTests(PostgresFixture postgres) : LedgerContract, IClassFixture<PostgresFixture>
{
    private string database = "";

    protected override Ledger Open() => Flows.Ledger.OpenPostgres(postgres.Server.ConnectionString(database));

    public override async ValueTask InitializeAsync()
    {
        database = await postgres.Server.CreateDatabaseAsync(Cancellation);
        await base.InitializeAsync();
    }

    [Fact]
    public async Task A_server_that_dies_is_told_and_recording_goes_on_when_it_is_back()
    {
        await Ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1)], []), Cancellation);
        await postgres.Server.CrashAsync();
        var refusal = await Assert.ThrowsAsync<LedgerUnavailableException>(() => Ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("b", null, 1)], []), Cancellation));
        Assert.Contains($"/{database} cannot be written", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"/{database} cannot be read", Assert.Throws<LedgerUnavailableException>(() => Ledger.Read.Run("uid-1")).Message, StringComparison.Ordinal);
        var api = new LedgerApi(Ledger, new ArtifactStore(Path.Combine(Files, "artifacts")));
        Assert.Equal(503, (await api.SendAsync(new Api.ApiRequest("GET", LedgerApi.PathPrefix + "/namespaces/default/runs"), Cancellation)).StatusCode);
        Assert.Contains($"/{database} cannot be opened", Assert.Throws<LedgerUnavailableException>(Open).Message, StringComparison.Ordinal);
        await postgres.Server.StartAgainAsync(Cancellation);
        await Ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("b", null, 1)], []), Cancellation);
        Assert.Equal(2, Ledger.Read.Attempts("uid-1").Count);
    }

    [Fact]
    public async Task Connections_that_the_server_has_closed_are_opened_again_unseen()
    {
        await Ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1)], []), Cancellation);
        Assert.NotNull(Ledger.Read.Run("uid-1"));
        for (var i = 2; i < 5; i++)
        {
            Assert.Equal("2", await postgres.Server.QueryAsync("postgres", $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}' AND application_name = 'slipway'", Cancellation));
            await Ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, i)], []), Cancellation);
            Assert.Equal(i, Ledger.Read.Attempts("uid-1").Count);
        }
    }

    [Fact]
    public async Task A_ledger_of_another_version_is_refused()
    {
        await postgres.Server.QueryAsync(database, "UPDATE facts SET value = 99 WHERE name = 'version'", Cancellation);
        Assert.Contains($"/{database} is of version 99", Assert.Throws<InvalidOperationException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_of_version_4_is_brought_up_to_date()
    {
        database = await postgres.Server.CreateDatabaseAsync(Cancellation);
        await postgres.Server.QueryAsync(database, PostgresLedger.Translate(LedgerOfVersion4.Tables) + LedgerOfVersion4.Rows + "INSERT INTO facts (name, value) VALUES ('version', 4)", Cancellation);
        await ReopenAsync();
        Assert.Equal(4, Ledger.Fence);
        await LedgerOfVersion4.CheckAsync(Ledger, Attempt("a", null, 1), Cancellation);
        await ReopenAsync();
        Assert.Equal(2, Ledger.Read.Attempts("uid-1").Count);
    }

    [Fact]
    public async Task Servers_that_start_at_the_same_time_make_the_tables_once()
    {
        database = await postgres.Server.CreateDatabaseAsync(Cancellation);
        var ledgers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(Open, Cancellation)));
        Assert.Equal(Enumerable.Range(1, 8).Select(i => (long)i), ledgers.Select(l => l.Fence).Order());
        foreach (var opened in ledgers)
            await opened.DisposeAsync();
    }

    [Theory]
    [InlineData("nonsense", "it is no connection string of a PostgreSQL")]
    [InlineData("Hots=x", "it is no connection string of a PostgreSQL")]
    [InlineData("Database=x", "it names no Host")]
    [InlineData("Host=x;Password=y", "write Passfile=FILE")]
    public void What_is_no_connection_string_is_told(string connectionString, string problem) =>
        Assert.Contains(problem, Flows.Ledger.Problem(connectionString), StringComparison.Ordinal);

    [Fact]
    public void A_connection_string_is_none_of_its_problems() => Assert.Null(Flows.Ledger.Problem(postgres.Server.ConnectionString("x")));
}

public sealed class PostgresRetentionTests(PostgresFixture postgres) : RetentionContract, IClassFixture<PostgresFixture>
{
    private string database = "";

    protected override Ledger Open() => Ledger.OpenPostgres(postgres.Server.ConnectionString(database));

    public override async ValueTask InitializeAsync()
    {
        database = await postgres.Server.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await base.InitializeAsync();
    }
}
