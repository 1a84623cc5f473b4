using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Services;
using Slipway.Storage;

namespace Slipway.ApiServer.Tests.Services;

/// <summary>
/// Two servers over one store whose clock stands still: what one has given is free at the other as soon as it is known that nothing holds it, and not
/// before.
/// </summary>
public sealed class FreedAllocationTests : IAsyncLifetime
{
    private const string Services = "/api/v1/namespaces/default/services", NotesKey = "/registry/core/serviceallocations/pending";

    private static readonly ServiceOptions Small = new() { Addresses = [IPNetwork.Parse("10.0.0.0/29")], FirstNodePort = 30_000, LastNodePort = 30_001 };

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private TestApi _one = null!;
    private ApiServer _other = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _one = await TestApi.StartAsync(new() { Services = Small }, clock: _clock);
        _other = new ApiServer(_one.Store, new() { Services = Small }, _clock, NullLoggerFactory.Instance);
        await _other.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _one.DisposeAsync();
    }

    [Fact]
    public async Task What_a_server_gave_to_a_service_that_is_deleted_is_free_at_the_other_at_once()
    {
        (await _one.PostAsync(Services, Named("a", "10.0.0.3", 30_000))).Expect(201);
        Assert.Contains("already allocated", await OtherAsync("POST", Services, Named("b", "10.0.0.3", 30_000), 422), StringComparison.Ordinal);
        (await _one.DeleteAsync($"{Services}/a")).Expect(200);
        await OtherAsync("POST", Services, Named("b", "10.0.0.3", 30_000), 201);
    }

    [Fact]
    public async Task What_a_server_gave_to_a_service_that_the_other_deletes_is_free_there_at_once()
    {
        (await _one.PostAsync(Services, Named("a", "10.0.0.3", 30_000))).Expect(201);
        await OtherAsync("DELETE", $"{Services}/a", "", 200);
        await OtherAsync("POST", Services, Named("b", "10.0.0.3", 30_000), 201);
    }

    [Fact]
    public async Task What_a_server_gave_in_an_update_is_free_when_another_update_has_taken_it_back()
    {
        (await _one.PostAsync(Services, Named("a", "10.0.0.3", 30_000))).Expect(201);
        (await _one.MergeAsync($"{Services}/a", """{"spec":{"ports":[{"port":80,"nodePort":30001}]}}""")).Expect(200);
        Assert.Contains("already allocated", await OtherAsync("POST", Services, Named("b", "10.0.0.4", 30_001), 422), StringComparison.Ordinal);
        await OtherAsync("PATCH", $"{Services}/a", """{"spec":{"ports":[{"port":80,"nodePort":30000}]}}""", 200);
        await OtherAsync("POST", Services, Named("b", "10.0.0.4", 30_001), 201);
    }

    [Theory]
    [InlineData("refused", """{"metadata":{"name":"x"},"spec":{"type":"NodePort","clusterIP":"10.0.0.3","sessionAffinity":"Sometimes","ports":[{"port":80,"nodePort":30000}]}}""", 422)]
    [InlineData("tried", """{"metadata":{"name":"x"},"spec":{"type":"NodePort","clusterIP":"10.0.0.3","ports":[{"port":80,"nodePort":30000}]}}""", 201)]
    public async Task What_a_server_gave_and_did_not_commit_is_free_at_once(string what, string service, int code)
    {
        (await _one.PostAsync(Services + (what == "tried" ? "?dryRun=All" : ""), service)).Expect(code);
        await OtherAsync("POST", Services, Named("b", "10.0.0.3", 30_000), 201);
    }

    [Theory]
    [InlineData("u", 0L)]   // a new service of which nobody has seen anything
    [InlineData("", 0L)]    // one that an older server has noted
    public async Task What_may_still_be_committed_is_not_free(string uid, long over)
    {
        await NoteAsync("a", uid, over);
        Assert.Contains("already allocated", await OtherAsync("POST", Services, Named("b", "10.0.0.3", 30_000), 422), StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromSeconds(31));
        await OtherAsync("POST", Services, Named("b", "10.0.0.3", 30_000), 201);
    }

    [Fact]
    public async Task That_another_service_had_the_name_meanwhile_says_nothing_of_one_that_may_still_be_committed()
    {
        await NoteAsync("a", "u", 0);
        (await _one.PostAsync(Services, Named("a", "10.0.0.4", 30_001))).Expect(201);
        (await _one.DeleteAsync($"{Services}/a")).Expect(200);
        Assert.Contains("already allocated", await OtherAsync("POST", Services, Named("b", "10.0.0.3", 30_000), 422), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_replaces_a_service_counts_for_as_long_as_that_is_the_same()
    {
        var service = (await _one.PostAsync(Services, Named("a", "10.0.0.4", 30_001))).Expect(201);
        await NoteAsync("a", service["metadata.uid"]!, long.Parse(service["metadata.resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains("already allocated", await OtherAsync("POST", Services, Named("b", "10.0.0.3", 30_000), 422), StringComparison.Ordinal);
        (await _one.MergeAsync($"{Services}/a", """{"metadata":{"labels":{"x":"y"}}}""")).Expect(200);
        await OtherAsync("POST", Services, Named("b", "10.0.0.3", 30_000), 201);
    }

    private static string Named(string name, string address, int port) =>
        $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"type":"NodePort","clusterIP":"{{{address}}}","ports":[{"port":80,"nodePort":{{{port}}}}]}}""";

    /// <summary>Notes what a third server, of which nothing more is heard, would give to a service.</summary>
    private async Task NoteAsync(string name, string uid, long over)
    {
        var service = new JsonObject { ["spec"] = DocumentReader.ParseYaml("clusterIPs: [10.0.0.3]\nports: [{port: 80, nodePort: 30000}]").Single() };
        if (uid.Length > 0) service.Uid = uid;
        var known = await _one.Store.GetAsync(NotesKey, Cancellation);
        var notes = PendingAllocations.Read([], _clock.GetUtcNow()).With("third", $"/registry/core/services/default/{name}", over, service);
        Assert.True((await _one.Store.CommitAsync(new StoreWrite(NotesKey, StoredValue.Make(notes.ToJson(), 0), known?.Revision ?? 0), Cancellation)).Committed);
    }

    private async Task<string> OtherAsync(string method, string path, string body, int code)
    {
        var request = new ApiRequest(method, path) { Body = Encoding.UTF8.GetBytes(body), ContentType = method == "PATCH" ? MediaTypes.MergePatch : MediaTypes.Json };
        await using var response = await _other.HandleAsync(TestApi.Admin, request, Cancellation);
        var answer = Encoding.UTF8.GetString(response.Body.Span);
        Assert.True(response.StatusCode == code, answer);
        return answer;
    }
}
