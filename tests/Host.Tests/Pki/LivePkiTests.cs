using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Slipway.Host.Pki;

public sealed class LivePkiTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly FakeTimeProvider clock = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Certificates_near_their_end_are_renewed_while_the_server_runs()
    {
        // Issued so long ago that it is due in an hour and a half.
        var issued = clock.GetUtcNow() + TimeSpan.FromHours(1.5) - (CertificateAuthority.LeafLife - CertificateAuthority.RenewBefore);
        using (ClusterPki.Ensure(directory["pki"], "demo", [IPAddress.Loopback], issued)) { }
        using var pki = Open();
        var first = pki.Certificates.Server.Thumbprint;
        await using var running = Run(pki, _ => Task.FromResult(0));
        await running.UntilAsync(() => pki.Certificates.Server.Thumbprint != first, TimeSpan.FromMinutes(10));
        Assert.True(pki.Certificates.Server.NotAfter > clock.GetUtcNow().AddDays(300));
    }

    [Fact]
    public async Task A_key_that_appears_is_used_and_everything_is_sealed_with_it()
    {
        using var pki = Open();
        var sealedWith = new List<string>();
        await using var running = Run(pki, _ =>
        {
            sealedWith.Add(pki.EncryptionKeys.All[0].Id);
            return Task.FromResult(1);
        });
        await running.UntilAsync(() => sealedWith.Count == 1, TimeSpan.FromSeconds(5));
        EncryptionKeyFiles.Add(directory["pki"], clock.GetUtcNow());
        await running.UntilAsync(() => sealedWith.Count == 2, TimeSpan.FromSeconds(5));
        Assert.Equal(["1", "2"], sealedWith);
    }

    [Fact]
    public async Task A_key_of_tokens_that_appears_signs_from_then_on_and_the_others_stay()
    {
        using var pki = Open();
        var first = pki.TokenKeys;
        Assert.Same(first, pki.TokenKeys);
        await using var running = Run(pki, _ => Task.FromResult(0));
        ServiceAccountKeyFiles.Add(directory["pki"], clock.GetUtcNow());
        await running.UntilAsync(() => pki.TokenKeys != first, TimeSpan.FromSeconds(5));
        Assert.Equal(2, pki.TokenKeys.Count);
        Assert.Equal(first[0], pki.TokenKeys[1]);
    }

    [Fact]
    public async Task A_replaced_key_goes_when_it_has_been_kept_for_a_while()
    {
        using var pki = Open();
        EncryptionKeyFiles.Add(directory["pki"], clock.GetUtcNow());
        await using var running = Run(pki, _ => Task.FromResult(0));
        await running.UntilAsync(() => !File.Exists(directory["pki/secrets-1.key"]), TimeSpan.FromMinutes(30));
        Assert.True(File.Exists(directory["pki/secrets-2.key"]));
    }

    [Fact]
    public async Task What_could_not_be_sealed_is_tried_again()
    {
        using var pki = Open();
        var attempts = 0;
        await using var running = Run(pki, _ => ++attempts < 3 ? throw new IOException("no space left on device") : Task.FromResult(0));
        await running.UntilAsync(() => attempts == 3, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Several_servers_get_no_key_that_only_one_of_them_has()
    {
        using var pki = Open(isShared: true);
        var (encryption, tokens) = (pki.EncryptionKeys.All[0].Id, pki.TokenKeys[0]);
        var looks = 0;
        await using var running = Run(pki, _ => Task.FromResult(looks++));
        await running.UntilAsync(() => looks > 0, TimeSpan.FromSeconds(5));
        clock.AdjustTime(clock.GetUtcNow() + 2 * ServiceAccountKeyFiles.KeyLife);   // at once, without the glances in between
        var end = clock.GetUtcNow() + TimeSpan.FromMinutes(1);
        await running.UntilAsync(() => clock.GetUtcNow() > end, TimeSpan.FromSeconds(5));
        Assert.Equal((encryption, tokens), (pki.EncryptionKeys.All[0].Id, Assert.Single(pki.TokenKeys)));
        EncryptionKeyFiles.Add(directory["pki"], clock.GetUtcNow());   // what is put there is used
        await running.UntilAsync(() => pki.EncryptionKeys.All[0].Id == "2", TimeSpan.FromSeconds(5));
    }

    private LivePki Open(bool isShared = false) => LivePki.Open(directory["pki"], "demo", [IPAddress.Loopback], isShared, clock, NullLogger.Instance);

    private Running Run(LivePki pki, Func<CancellationToken, Task<int>> reseal)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        return new(clock, Task.Run(() => pki.RunAsync(reseal, stop.Token)), stop);
    }

    private sealed class Running(FakeTimeProvider clock, Task task, CancellationTokenSource stop) : IAsyncDisposable
    {
        /// <summary>Lets time pass until something is so.</summary>
        public async Task UntilAsync(Func<bool> condition, TimeSpan step)
        {
            while (!condition())
            {
                if (task.IsFaulted) await task;
                clock.Advance(step);
                await Task.Yield();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.Dispose();
        }
    }
}
