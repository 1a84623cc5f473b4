using System.Security.Cryptography;
using System.Text;
using Slipway.ApiServer.Encryption;
using Slipway.Storage;
using Slipway.Storage.Tests.Contract;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Encryption;

/// <summary>An encrypted store is a store like any other.</summary>
public sealed class EncryptedStoreContract : StoreContract
{
    protected override bool IsOnDisk => false;

    protected override ValueTask<IStore> OpenAsync() => ValueTask.FromResult<IStore>(new EncryptedStore(new MemoryStore(), [""], () => EncryptedStoreTests.Keys("a")));
}

public sealed class EncryptedStoreTests
{
    private const string Secrets = "/api/v1/namespaces/default/secrets";
    private const string Stored = "/registry/core/secrets/default/s";
    private const string Plaintext = "aHVudGVyMg==";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_store_never_sees_a_secret()
    {
        await using var store = new MemoryStore();
        await using var api = await TestApi.StartAsync(Options(() => Keys("a")), store);
        (await api.PostAsync(Secrets, Secret("s"))).Expect(201);
        (await api.PostAsync(ConfigMaps, ConfigMap("c"))).Expect(201);

        Assert.DoesNotContain(Plaintext, await RawAsync(store, Stored), StringComparison.Ordinal);
        Assert.StartsWith("{", await RawAsync(store, "/registry/core/configmaps/default/c"), StringComparison.Ordinal);
        Assert.Contains(Plaintext, (await api.GetAsync($"{Secrets}/s")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Contains(Plaintext, (await api.GetAsync($"{Secrets}?limit=1")).Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_stored_in_plaintext_is_read_and_then_encrypted()
    {
        await using var store = new MemoryStore();
        var before = await TestApi.StartAsync(store: store);
        (await before.PostAsync(Secrets, Secret("s"))).Expect(201);
        await before.Server.DisposeAsync();
        Assert.Contains(Plaintext, await RawAsync(store, Stored), StringComparison.Ordinal);

        await using var api = await TestApi.StartAsync(Options(() => Keys("a")), store);
        Assert.Contains(Plaintext, (await api.GetAsync($"{Secrets}/s")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Equal(1, await api.Server.ResealAsync(Cancellation));
        Assert.DoesNotContain(Plaintext, await RawAsync(store, Stored), StringComparison.Ordinal);
        Assert.Equal(0, await api.Server.ResealAsync(Cancellation));
    }

    [Fact]
    public async Task A_key_can_be_rotated_while_the_server_runs()
    {
        await using var store = new MemoryStore();
        var keys = Keys("a");
        await using var api = await TestApi.StartAsync(Options(() => keys), store);
        (await api.PostAsync(Secrets, Secret("s"))).Expect(201);

        keys = Keys("b", "a");
        Assert.Contains(Plaintext, (await api.GetAsync($"{Secrets}/s")).Expect(200).Body, StringComparison.Ordinal);
        await api.Server.ResealAsync(Cancellation);
        Assert.StartsWith("slipway:aes256gcm:b:", await RawAsync(store, Stored), StringComparison.Ordinal);

        await using var later = await TestApi.StartAsync(Options(() => Keys("b")), store);
        Assert.Contains(Plaintext, (await later.GetAsync($"{Secrets}/s")).Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_key_is_named_when_the_server_starts()
    {
        await using var store = new MemoryStore();
        var api = await TestApi.StartAsync(Options(() => Keys("a")), store);
        (await api.PostAsync(Secrets, Secret("s"))).Expect(201);
        await api.Server.DisposeAsync();
        var refused = await Assert.ThrowsAsync<StoreUnusableException>(() => TestApi.StartAsync(Options(() => Keys("b")), store));
        Assert.StartsWith($"{Stored} is encrypted with the key a, which is missing", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_cannot_be_moved_to_another_object()
    {
        var keys = Keys("a");
        var stored = keys.Seal("/registry/core/secrets/default/s", "{}"u8);
        Assert.Equal("{}", Encoding.UTF8.GetString(keys.Open("/registry/core/secrets/default/s", stored).Span));
        Assert.Throws<StoreUnusableException>(() => keys.Open("/registry/core/secrets/default/t", stored));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    [InlineData(40)]
    public void A_damaged_value_is_refused(int from)
    {
        var keys = Keys("a");
        var stored = keys.Seal("k", "{\"kind\":\"Secret\"}"u8);
        Assert.Throws<StoreUnusableException>(() => keys.Open("k", stored.AsMemory(0, stored.Length - 1)));
        if (from == 0) return;
        stored[from] ^= 1;
        Assert.Throws<StoreUnusableException>(() => keys.Open("k", stored));
    }

    /// <summary>Keys of the given names, the encrypting one first; a name always means the same secret.</summary>
    internal static EncryptionKeys Keys(params string[] ids) => new([.. ids.Select(id => new EncryptionKey(id, SHA256.HashData(Encoding.UTF8.GetBytes(id))))]);

    private static ApiServerOptions Options(Func<EncryptionKeys> keys) => new() { Encryption = new() { Keys = keys } };

    private static string Secret(string name) => $$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"{{{name}}}"},"data":{"password":"{{{Plaintext}}}"}}""";

    private static async Task<string> RawAsync(IStore store, string key) => Encoding.UTF8.GetString((await store.GetAsync(key, Cancellation))!.Value.Span);
}
