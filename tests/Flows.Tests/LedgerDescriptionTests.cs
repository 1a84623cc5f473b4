using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Flows.LedgerDescription;

namespace Slipway.Flows.Tests;

/// <summary>What the ledger's API says of itself, held against what it shows.</summary>
public sealed class LedgerDescriptionTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 31, 6, 0, 0, TimeSpan.Zero);

    private static readonly RunRecord Run = new()
    {
        Uid = "u", Namespace = "default", Name = "f-1", Flow = "f", Phase = "Running", Start = Time, Params = """{"p":1}""",
        Interval = """{"start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z"}""", Cause = """{"type":"User","by":"ann","message":"why"}""",
    };

    private static readonly AttemptRecord Attempt = new()
    {
        Path = TaskPath.Of(null, "a", 0), Number = 1, Pod = "p", PodUid = "u", Image = "i", End = Time, Reason = AttemptReason.Succeeded,
        Inputs = [new("/in/raw", "h")],
        Files = new Dictionary<string, FileRecord> { ["d"] = new("h", 1, "d", 3) { Listing = new([new("a/b", "h", 1)]) } },
        Values = new Dictionary<string, ValueRecord> { ["v"] = new("h", "1") },
        Replicas = [new(0, "p-0", AttemptReason.Succeeded)],
    };

    [Fact]
    public void Every_field_that_is_shown_is_described_and_no_other()
    {
        var run = AttemptJson.Run(Run);
        foreach (var name in (string[])["apiVersion", "kind", "attempts"]) run[name] = "";
        run["attempts"] = new JsonArray(AttemptJson.Attempt(Attempt));
        foreach (var name in (string[])["memory", "outputs"]) run[name] = new JsonArray(Any(name == "memory" ? LedgerObjects.Memory : LedgerObjects.Output)); // compared below
        Compare(LedgerObjects.Run, run);

        static JsonObject Any(string type) => new(LedgerObjects.All[type].Fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)"")));
    }

    [Fact]
    public async Task What_the_answer_for_a_run_has_beside_its_record_is_described_too()
    {
        const string Spec = """
            {
              "tasks": [
                { "name": "a", "image": "x:1", "command": ["a"], "resources": { "memory": "1Mi" }, "onOutOfMemory": { "limit": "1Gi" }, "outputs": { "files": { "d": "/out/d" }, "values": { "v": "/out/v" } } },
                { "name": "w", "image": "x:1", "forEach": [1, 2], "command": ["w"], "outputs": { "files": { "o": "/out/o" } } }
              ],
              "outputs": { "files": { "d": "${{ tasks.a.files.d }}", "l": "${{ tasks.w.files.o }}" }, "values": { "v": "${{ tasks.a.values.v }}" } }
            }
            """;
        var cancellation = TestContext.Current.CancellationToken;
        var directory = Directory.CreateTempSubdirectory("slipway-ledger-");
        try
        {
            await using var ledger = Ledger.Open(Path.Combine(directory.FullName, "ledger.db"));
            AttemptRecord[] attempts =
            [
                Attempt with { Path = TaskPath.TryParse("a")!, MemoryLimitBytes = 1 << 29, Replicas = [] },
                .. new[] { "w[0]", "w[1]" }.Select(w => Attempt with { Path = TaskPath.TryParse(w)!, Pod = w, Files = new Dictionary<string, FileRecord> { ["o"] = new("h", 1, "o") }, Replicas = [] }),
            ];
            await ledger.CommitAsync(new LedgerWrite(Run with { Phase = FlowPhase.Succeeded, End = Time, Spec = Spec }, attempts, []), cancellation);
            await using var answer = await new LedgerApi(ledger, null!).SendAsync(new ApiRequest("GET", $"{LedgerApi.PathPrefix}/namespaces/default/runs/f-1"), cancellation);
            var shown = JsonNode.Parse(answer.Body.Span)!.AsObject();
            Assert.Equal(Names(LedgerObjects.All[LedgerObjects.Run].Fields.Select(f => f.Name)), Names(shown.Select(s => s.Key)));
            Compare(LedgerObjects.Memory, Assert.Single(shown["memory"]!.AsArray())!.AsObject());
            Assert.Equal(3, shown["outputs"]!.AsArray().Count);
            Assert.Equal(Names(LedgerObjects.All[LedgerObjects.Output].Fields.Select(f => f.Name)), Names(shown["outputs"]!.AsArray().SelectMany(o => o!.AsObject().Select(f => f.Key))));
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        static string Names(IEnumerable<string> names) => string.Join(' ', names.Distinct().Order(StringComparer.Ordinal));
    }

    private static void Compare(string name, JsonObject shown)
    {
        var fields = LedgerObjects.All[name].Fields;
        Assert.Equal((name, string.Join(' ', shown.Select(s => s.Key).Order(StringComparer.Ordinal))), (name, string.Join(' ', fields.Select(f => f.Name).Order(StringComparer.Ordinal))));
        foreach (var field in fields.Where(f => f.Of.Length > 0))
        {
            Compare(field.Of, field.Type switch
            {
                LedgerFieldType.List => shown[field.Name]![0]!.AsObject(),
                LedgerFieldType.Map => shown[field.Name]!.AsObject().Single().Value!.AsObject(),
                _ => shown[field.Name]!.AsObject(),
            });
        }
    }

    [Theory]
    [InlineData("/openapi/v2", "definitions", "#/definitions/")]
    [InlineData("/openapi/v3/apis/ledger.slipway.dev/v1alpha1", "components.schemas", "#/components/schemas/")]
    public async Task A_document_describes_all_that_it_refers_to(string path, string place, string prefix)
    {
        var document = await GetAsync(path);
        JsonNode schemas = document;
        foreach (var name in place.Split('.')) schemas = schemas[name]!;
        var known = schemas.AsObject().Select(s => prefix + s.Key).ToHashSet();
        var referred = References(document).ToHashSet();
        Assert.True(referred.Count > 0 && referred.IsSubsetOf(known), string.Join(' ', referred.Except(known)));
        Assert.Equal("Run", (string?)schemas["dev.slipway.ledger.v1alpha1.Run"]!["x-kubernetes-group-version-kind"]![0]!["kind"]);
    }

    [Fact]
    public async Task The_index_has_the_document_under_a_name_of_its_content()
    {
        var address = (string?)(await GetAsync("/openapi/v3"))["paths"]!["apis/ledger.slipway.dev/v1alpha1"]!["serverRelativeURL"];
        Assert.Matches("^/openapi/v3/apis/ledger.slipway.dev/v1alpha1[?]hash=[0-9A-F]{64}$", address);
        Assert.Equal("3.0.0", (string?)(await GetAsync(address!))["openapi"]);
    }

    private static async Task<JsonObject> GetAsync(string path)
    {
        Assert.True(LedgerApi.Serves(path));
        // What it says of itself needs neither records nor artifacts.
        await using var answer = await new LedgerApi(null!, null!).SendAsync(new ApiRequest("GET", path), TestContext.Current.CancellationToken);
        Assert.Equal(200, answer.StatusCode);
        return JsonNode.Parse(answer.Body.Span)!.AsObject();
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => p.Key == "$ref" ? [p.Value!.GetValue<string>()] : References(p.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
