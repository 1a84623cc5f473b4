using Slipway.Api;
using Slipway.ApiServer;
using Slipway.Flows;

namespace Slipway.Conformance;

/// <summary>kubectl's explanations of what the ledger shows.</summary>
public sealed class KubectlLedgerTests(KubectlLedgerTests.LedgerServer api) : IClassFixture<KubectlLedgerTests.LedgerServer>
{
    [Theory]
    [InlineData("runs", "attempts <[]Attempt>")]
    [InlineData("runs", "A run of a flow as the ledger records it")]
    [InlineData("runs.cause.by", "name of the schedule, backfill or trigger")]
    [InlineData("runs.params", "The parameters of the run, by name.")]
    [InlineData("runs.attempts.peakMemoryBytes", "The most memory that it had")]
    [InlineData("runs.attempts.files.fileName", "without where it lay")]
    [InlineData("runs.attempts.values.value", "The value.")]
    [InlineData("runs.attempts.replicas.node", "The node that ran it")]
    public async Task A_field_of_a_run_is_explained(string field, string words)
    {
        foreach (var form in (string[])["plaintext", "plaintext-openapiv2"])
        {
            var text = (await api.RunAsync(Kubectl.Program, $"explain {field} --output={form}")).Succeeded();
            if (form == "plaintext" || !words.Contains('<')) Assert.Contains(words, string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task All_fields_of_a_run_are_known()
    {
        var text = (await api.RunAsync(Kubectl.Program, "explain runs --recursive")).Succeeded();
        Assert.Contains("cpuSeconds", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<unknown>", text, StringComparison.Ordinal);
    }

    /// <summary>A server with a ledger in which nothing is recorded.</summary>
    public sealed class LedgerServer : ApiServerFixture, IExtensionApi
    {
        private Ledger _ledger = null!;
        private LedgerApi _api = null!;

        string IExtensionApi.PathPrefix => LedgerApi.PathPrefix;

        protected override ApiServerOptions Options => new() { Extensions = [this] };

        public override async ValueTask InitializeAsync()
        {
            _ledger = Ledger.Open(Path.Combine(Directory, "ledger.db"));
            _api = new LedgerApi(_ledger, new ArtifactStore(Path.Combine(Directory, "artifacts")));
            await base.InitializeAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await _ledger.DisposeAsync();
            await base.DisposeAsync();
        }

        ValueTask<ApiResponse> IExtensionApi.SendAsync(UserInfo user, ApiRequest request, CancellationToken cancellation) => _api.SendAsync(request, cancellation);
    }
}
