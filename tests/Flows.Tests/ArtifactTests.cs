using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace Slipway.Flows.Tests;

public sealed class ArtifactTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("slipway-artifacts-").FullName;
    private readonly ArtifactStore store;

    public ArtifactTests()
    {
        store = new ArtifactStore(Path.Combine(directory, "artifacts"));
        store.Prepare();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task An_artifact_lies_under_the_hash_of_its_content()
    {
        var content = Encoding.UTF8.GetBytes("content");
        var hash = await store.WriteAsync(content, Cancellation);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), hash);
        Assert.Equal(content, await store.ReadAsync(hash, Cancellation));
        Assert.Equal(hash, await store.WriteAsync(content, Cancellation));
        Assert.True(store.Has(hash));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(store.Root, "tmp")));
    }

    [Fact]
    public async Task What_is_not_committed_leaves_nothing()
    {
        await using (var writer = store.Begin(3))
            await writer.AppendAsync(new byte[3], Cancellation);
        Assert.Empty(Directory.EnumerateFiles(store.Root, "*", SearchOption.AllDirectories));

        await File.WriteAllTextAsync(Path.Combine(store.Root, "tmp", "leftover"), "of a killed process", Cancellation);
        store.Prepare();
        Assert.Empty(Directory.EnumerateFiles(store.Root, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public async Task A_batch_is_there_as_a_whole_once_it_is_committed(int count)
    {
        var there = await store.WriteAsync("0"u8.ToArray(), Cancellation);
        await using (var batch = new ArtifactBatch(store))
        {
            var hashes = new List<string>();
            for (var i = 0; i < count; i++)
            {
                var content = Encoding.UTF8.GetBytes($"{i / 2}"); // each content twice, one of them there before
                hashes.Add(await batch.AddAsync(3, writer => writer.AppendAsync(content, Cancellation), Cancellation));
            }

            Assert.Equal((there, there, false), (hashes[0], hashes[1], store.Has(hashes[2])));
            await batch.CommitAsync(Cancellation);
            Assert.All(hashes, hash => Assert.True(store.Has(hash)));
        }

        Assert.Empty(Directory.EnumerateFiles(Path.Combine(store.Root, "tmp")));
    }

    [Fact]
    public async Task A_batch_that_is_not_committed_leaves_nothing()
    {
        await using (var batch = new ArtifactBatch(store))
        {
            await batch.AddAsync(3, writer => writer.AppendAsync(new byte[3], Cancellation), Cancellation);
        }

        Assert.Empty(Directory.EnumerateFiles(store.Root, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task What_is_not_there_is_not_read(string hash)
    {
        Assert.Null(await store.ReadAsync(hash, Cancellation));
        Assert.Null(store.Open(hash));
        Assert.False(store.Has(hash));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task What_is_damaged_is_not_read_to_its_end(int size)
    {
        var content = Enumerable.Range(0, size).Select(i => (byte)i).ToArray();
        var hash = await store.WriteAsync(content, Cancellation);
        await using (var sound = store.Open(hash)!)
        {
            using var copy = new MemoryStream();
            await sound.CopyToAsync(copy, Cancellation);
            Assert.Equal(content, copy.ToArray());
        }

        content[^1]++;
        File.Delete(store.PathOf(hash));
        await File.WriteAllBytesAsync(store.PathOf(hash), content, Cancellation);
        await using var damaged = store.Open(hash)!;
        var refusal = await Assert.ThrowsAsync<IOException>(() => damaged.CopyToAsync(Stream.Null, Cancellation));
        Assert.Contains($"artifact {hash} is damaged", refusal.Message, StringComparison.Ordinal);
        using var again = store.Open(hash)!;
        Assert.Throws<IOException>(() => again.CopyTo(Stream.Null));
    }

    [Theory]
    [InlineData("longer")]
    [InlineData("as long")]
    [InlineData("cut")]
    [InlineData("another file")]
    public async Task What_was_changed_on_the_disk_is_put_aside_before_a_task_reads_it(string how)
    {
        await using var volume = Volume();
        var sound = await store.WriteAsync("sound"u8.ToArray(), Cancellation);
        var manifest = InputManifest.Of([new("x", sound)]);
        await store.WriteAsync(manifest.Content, Cancellation);
        var (path, target) = (store.PathOf(sound), Path.Combine(directory, "pod", "in"));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        switch (how)
        {
            case "longer":
                await File.AppendAllTextAsync(path, "er", Cancellation);
                break;
            case "as long":
                await File.WriteAllTextAsync(path, "EVIL!", Cancellation);
                break;
            case "cut":
                await using (var file = new FileStream(path, FileMode.Open))
                    file.SetLength(1);
                break;
            default:
                File.Delete(path);
                await File.WriteAllTextAsync(path, "sound of another kind", Cancellation);
                break;
        }

        var refusal = await Assert.ThrowsAsync<FileNotFoundException>(async () => await volume.PublishAsync("pod-1", Attributes(manifest.Sha256), target, Cancellation));
        Assert.Contains($"artifact {sound} is damaged: its content is not what was stored, and was put aside as {Path.Combine(store.Root, "damaged", sound)}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((false, null), (store.Has(sound), await store.ReadAsync(sound, Cancellation)));

        await store.WriteAsync("sound"u8.ToArray(), Cancellation);
        await volume.PublishAsync("pod-1", Attributes(manifest.Sha256), target, Cancellation);
        Assert.Equal("sound", await File.ReadAllTextAsync(Path.Combine(target, "x"), Cancellation));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(store.Root, "damaged")));
    }

    [Fact]
    public async Task Damage_is_replaced_when_the_same_is_written_and_fetched_again_where_it_lies_elsewhere()
    {
        var origin = new OneArtifact("sound"u8.ToArray());
        var remote = new ArtifactStore(Path.Combine(directory, "remote"), origin: origin);
        remote.Prepare();
        var sound = await remote.WriteAsync("sound"u8.ToArray(), Cancellation);
        await DamageAsync(remote, sound);
        Assert.Equal("sound"u8.ToArray(), await remote.ReadAsync(sound, Cancellation));
        Assert.Equal(1, origin.Asked);

        await DamageAsync(remote, sound);
        await remote.WriteAsync("sound"u8.ToArray(), Cancellation);
        Assert.Equal("sound"u8.ToArray(), await remote.ReadAsync(sound, Cancellation));
        Assert.Equal(1, origin.Asked);
    }

    [Fact]
    public async Task What_lost_only_its_mark_is_read_once_and_marked_again()
    {
        var sound = await store.WriteAsync("sound"u8.ToArray(), Cancellation);
        Assert.True(ArtifactMark.IsOn(store.PathOf(sound), sound));
        var copied = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(store.PathOf(sound), copied); // as a copy without times, or an earlier version, leaves it
        Assert.False(ArtifactMark.IsOn(store.PathOf(sound), sound));
        Assert.True(await store.IsSoundAsync(sound, Cancellation));
        Assert.True(ArtifactMark.IsOn(store.PathOf(sound), sound));
        Assert.Equal(copied, File.GetLastWriteTimeUtc(store.PathOf(sound)), TimeSpan.FromSeconds(1)); // it is no younger than it was
    }

    [Fact]
    public async Task What_the_disk_alone_has_changed_is_found_by_who_reads_it_all_and_not_used_again()
    {
        var sound = await store.WriteAsync("sound"u8.ToArray(), Cancellation);
        var written = File.GetLastWriteTimeUtc(store.PathOf(sound));
        await DamageAsync(store, sound, "EVIL!");
        File.SetLastWriteTimeUtc(store.PathOf(sound), written);
        Assert.True(await store.IsSoundAsync(sound, Cancellation));
        await using (var content = (await store.OpenAsync(sound, Cancellation))!)
            await Assert.ThrowsAsync<IOException>(() => content.CopyToAsync(Stream.Null, Cancellation));
        Assert.Null(await store.OpenAsync(sound, Cancellation));
    }

    [Fact]
    public async Task What_is_stored_while_its_damaged_file_is_read_stays_and_others_do_not_wait()
    {
        var sound = await store.WriteAsync("sound"u8.ToArray(), Cancellation);
        var other = await store.WriteAsync("other"u8.ToArray(), Cancellation);
        ArtifactMark.Remove(store.PathOf(other));
        File.Delete(store.PathOf(sound));
        using (var pipe = Process.Start("mkfifo", store.PathOf(sound))) // it is read until its writer closes it
            await pipe.WaitForExitAsync(Cancellation);
        Task<bool> check;
        await using (var writer = new FileStream(store.PathOf(sound), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0))
        {
            check = store.IsSoundAsync(sound, Cancellation).AsTask();
            Assert.True(await store.IsSoundAsync(other, Cancellation));
            await store.WriteAsync("sound"u8.ToArray(), Cancellation);
            Assert.False(check.IsCompleted);
        }

        Assert.True(await check);
        Assert.Equal("sound"u8.ToArray(), await store.ReadAsync(sound, Cancellation));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(store.Root, "damaged")));
    }

    [Fact]
    public async Task What_was_put_aside_goes_when_nobody_needs_it()
    {
        var sound = await store.WriteAsync("sound"u8.ToArray(), Cancellation);
        await DamageAsync(store, sound);
        Assert.False(await store.IsSoundAsync(sound, Cancellation));
        Assert.False(store.Remove(sound, () => false));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(store.Root, "damaged")));
        Assert.True(store.Remove(sound, () => true));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(store.Root, "damaged")));
    }

    private static async Task DamageAsync(ArtifactStore store, string sha256, string content = "EVIL")
    {
        File.SetUnixFileMode(store.PathOf(sha256), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(store.PathOf(sha256), content, Cancellation);
    }

    private TaskVolume Volume()
    {
        var executable = Path.Combine(directory, "exe");
        File.WriteAllText(executable, "#!/bin/sh");
        var volume = new TaskVolume(Path.Combine(directory, "driver"), executable, store, NullLoggerFactory.Instance);
        volume.Start();
        return volume;
    }

    /// <summary>A place that has one artifact.</summary>
    private sealed class OneArtifact(byte[] content) : IArtifactOrigin
    {
        public int Asked { get; private set; }

        public bool Has(string sha256) => true;

        public Task<OriginContent?> OpenAsync(string sha256, CancellationToken cancellation)
        {
            Asked++;
            return Task.FromResult<OriginContent?>(new OriginContent(new MemoryStream(content), content.Length));
        }
    }

    [Fact]
    public async Task A_full_disk_is_told_and_nothing_is_stored()
    {
        using var disk = new SmallDisk("1m");
        var small = new ArtifactStore(disk.Path);
        small.Prepare();
        var refusal = await Assert.ThrowsAsync<ArtifactStoreFullException>(async () => await small.WriteAsync(new byte[2 << 20], Cancellation));
        Assert.Contains($"the disk of the artifact store {disk.Path} is full", refusal.Message, StringComparison.Ordinal);
        await small.WriteAsync(new byte[1000], Cancellation);
    }

    [Fact]
    public async Task Inputs_are_published_as_links_and_directories()
    {
        var executable = Path.Combine(directory, "exe");
        await File.WriteAllTextAsync(executable, "#!/bin/sh", Cancellation);
        await using var volume = new TaskVolume(Path.Combine(directory, "driver"), executable, store, NullLoggerFactory.Instance);
        volume.Start();
        var a = await store.WriteAsync(Encoding.UTF8.GetBytes("a"), Cancellation);
        var manifest = InputManifest.Of([new("raw", a), new("parts/", ""), new("parts/00000-x", a), new("none/", "")]);
        await store.WriteAsync(manifest.Content, Cancellation);
        var target = Path.Combine(directory, "pod", "in");

        for (var i = 0; i < 2; i++)
            await volume.PublishAsync("pod-1", Attributes(manifest.Sha256), target, Cancellation);

        Assert.Equal("a", await File.ReadAllTextAsync(Path.Combine(target, "raw"), Cancellation));
        Assert.Equal("a", await File.ReadAllTextAsync(Path.Combine(target, "parts", "00000-x"), Cancellation));
        Assert.True(Directory.Exists(Path.Combine(target, "none")));
        await volume.UnpublishAsync("pod-1", target);
        await volume.UnpublishAsync("pod-1", target);
        Assert.True(store.Has(a));
    }

    [Fact]
    public async Task Inputs_that_leave_their_directory_or_are_not_there_are_refused()
    {
        var executable = Path.Combine(directory, "exe");
        await File.WriteAllTextAsync(executable, "#!/bin/sh", Cancellation);
        await using var volume = new TaskVolume(Path.Combine(directory, "driver"), executable, store, NullLoggerFactory.Instance);
        volume.Start();
        var a = await store.WriteAsync(Encoding.UTF8.GetBytes("a"), Cancellation);
        var outside = await store.WriteAsync(InputManifest.Of([new("../x", a)]).Content, Cancellation);
        var missing = await store.WriteAsync(InputManifest.Of([new("x", new string('0', 64))]).Content, Cancellation);
        var target = Path.Combine(directory, "pod", "in");
        await Assert.ThrowsAsync<ArgumentException>(async () => await volume.PublishAsync("pod-1", Attributes(outside), target, Cancellation));
        await Assert.ThrowsAsync<FileNotFoundException>(async () => await volume.PublishAsync("pod-1", Attributes(missing), target, Cancellation));
        await Assert.ThrowsAsync<FileNotFoundException>(async () => await volume.PublishAsync("pod-1", Attributes("nope"), target, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(async () => await volume.PublishAsync("pod-1", new Dictionary<string, string>(), target, Cancellation));
    }

    private static Dictionary<string, string> Attributes(string manifest) => new() { ["content"] = "inputs", ["manifest"] = manifest };
}
