using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Slipway.Flows;
using Slipway.Flows.Tests;

namespace Slipway.Wrapper.Tests.Store;

/// <summary>The place that a claim is, with the real program over a real directory.</summary>
public sealed class ClaimPlaceTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("slipway-claim-").FullName;
    private readonly FakeTimeProvider clock = new();
    private readonly StoreProcess program;
    private readonly ClaimPlace place;

    public ClaimPlaceTests()
    {
        program = new StoreProcess(Root);
        place = new ClaimPlace(program, "artifact store team", clock);
    }

    private string Root => Path.Combine(directory, "volume", "default", "team");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        place.Dispose();
        program.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(5 << 20)]
    public async Task What_is_kept_comes_back(int size)
    {
        var (sha256, file) = Write(size);
        Assert.Null(await place.OpenAsync(sha256, Cancellation));
        Assert.False(await place.HasAsync(sha256, Cancellation));
        await place.PutAsync(sha256, file, Cancellation);
        await place.PutAsync(sha256, file, Cancellation);
        Assert.True(await place.HasAsync(sha256, Cancellation));
        Assert.Equal(await File.ReadAllBytesAsync(file, Cancellation), await ReadAsync(sha256));
        Assert.Equal(await File.ReadAllBytesAsync(file, Cancellation), await File.ReadAllBytesAsync(PathOf(sha256), Cancellation));
        await place.RemoveAsync(sha256, Cancellation);
        await place.RemoveAsync(sha256, Cancellation);
        Assert.False(await place.HasAsync(sha256, Cancellation));
        Assert.Equal(1, program.Starts);
        Assert.Empty(Leftovers());
    }

    [Fact]
    public async Task Many_at_once_share_a_few_conversations()
    {
        var all = Enumerable.Range(0, 200).Select(i => Write(i * 37, seed: i)).ToList();
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancellation }, async (one, ended) => await place.PutAsync(one.Sha256, one.File, ended));
        Assert.InRange(program.Starts, 1, 8);
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancellation }, async (one, ended) =>
            Assert.Equal(await File.ReadAllBytesAsync(one.File, ended), await ReadAsync(one.Sha256)));
        Assert.InRange(program.Starts, 1, 8);
    }

    [Fact]
    public async Task What_is_not_what_its_hash_says_is_not_kept_and_not_handed_on()
    {
        var (sha256, file) = Write(100_000);
        await File.AppendAllTextAsync(file, "more", Cancellation);
        var refused = await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.PutAsync(sha256, file, Cancellation));
        Assert.Equal(ArtifactPlaceFault.Failing, refused.Fault);
        Assert.Contains($"and not {sha256}", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf(sha256)));

        (sha256, file) = Write(100_000, seed: 2);
        await place.PutAsync(sha256, file, Cancellation);
        await File.WriteAllTextAsync(PathOf(sha256), "damaged", Cancellation);
        Assert.Contains("is damaged", (await Assert.ThrowsAsync<IOException>(() => ReadAsync(sha256))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_killed_in_the_midst_leaves_nothing_that_is_torn_and_the_next_one_removes_what_is_left()
    {
        var (sha256, file) = Write(1 << 20);
        await using (var stream = await program.OpenAsync(Cancellation))
        {
            var session = new StoreSession(stream, "it");
            await session.BeginAsync(Cancellation);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"put {sha256} {1 << 20}\n"), Cancellation);
            await stream.WriteAsync((await File.ReadAllBytesAsync(file, Cancellation)).AsMemory(0, 300_000), Cancellation);
            await stream.FlushAsync(Cancellation);
            await UntilAsync(() => Leftovers().Count == 1);
            await program.KillAsync();
        }

        Assert.Single(Leftovers());
        Assert.False(File.Exists(PathOf(sha256)));
        await place.PutAsync(sha256, file, Cancellation);
        Assert.Empty(Leftovers());
        Assert.Equal(await File.ReadAllBytesAsync(file, Cancellation), await File.ReadAllBytesAsync(PathOf(sha256), Cancellation));
    }

    [Fact]
    public async Task Who_is_cut_off_leaves_nothing()
    {
        var (sha256, _) = Write(1 << 20);
        await using (var stream = await program.OpenAsync(Cancellation))
        {
            await new StoreSession(stream, "it").BeginAsync(Cancellation);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"put {sha256} {1 << 20}\nsome"), Cancellation);
            await stream.FlushAsync(Cancellation);
            await UntilAsync(() => Leftovers().Count == 1);
        }

        await UntilAsync(() => Leftovers().Count == 0);
    }

    [Fact]
    public async Task What_another_writes_still_is_left_alone()
    {
        var (sha256, file) = Write(1 << 20);
        await using var stream = await program.OpenAsync(Cancellation);
        var session = new StoreSession(stream, "it");
        await session.BeginAsync(Cancellation);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"put {sha256} {1 << 20}\n"), Cancellation);
        await stream.FlushAsync(Cancellation);
        await UntilAsync(() => Leftovers().Count == 1);
        var (other, otherFile) = Write(10, seed: 2);
        await place.PutAsync(other, otherFile, Cancellation);
        Assert.Single(Leftovers());
        await stream.WriteAsync(await File.ReadAllBytesAsync(file, Cancellation), Cancellation);
        await stream.FlushAsync(Cancellation);
        await UntilAsync(() => File.Exists(PathOf(sha256)));
        Assert.True(await place.HasAsync(sha256, Cancellation));
    }

    [Fact]
    public async Task A_program_that_ended_while_nobody_used_it_is_started_again()
    {
        var (sha256, file) = Write(1000);
        await place.PutAsync(sha256, file, Cancellation);
        await program.KillAsync();
        Assert.True(await place.HasAsync(sha256, Cancellation));
        Assert.Equal(2, program.Starts);
    }

    [Fact]
    public async Task A_reader_who_leaves_early_takes_nobody_elses_answers_along()
    {
        var (sha256, file) = Write(5 << 20);
        await place.PutAsync(sha256, file, Cancellation);
        await using (var content = (await place.OpenAsync(sha256, Cancellation))!)
        {
            Assert.Equal(5 << 20, content.Length);
            await content.ReadExactlyAsync(new byte[10], Cancellation);
        }

        Assert.True(await place.HasAsync(sha256, Cancellation));
    }

    [Fact]
    public async Task Nobody_who_reads_gets_less_than_was_kept_without_an_error()
    {
        var (sha256, file) = Write(5 << 20);
        await place.PutAsync(sha256, file, Cancellation);
        await using var content = (await place.OpenAsync(sha256, Cancellation))!;
        await content.ReadExactlyAsync(new byte[10], Cancellation);
        await program.KillAsync();
        var lost = await Assert.ThrowsAsync<ArtifactPlaceException>(() => content.CopyToAsync(Stream.Null, Cancellation));
        Assert.Equal(ArtifactPlaceFault.Unreachable, lost.Fault);
    }

    [Fact]
    public async Task What_it_needs_is_let_go_when_nobody_has_used_it_for_some_minutes()
    {
        await place.CheckAsync(Cancellation);
        Assert.Equal((1, 0), (program.Starts, program.Rests));
        clock.Advance(TimeSpan.FromMinutes(5));
        await place.CheckAsync(Cancellation);
        await place.CheckAsync(Cancellation);
        Assert.Equal((1, 2), (program.Starts, program.Rests));
        var (sha256, file) = Write(1000);
        await place.PutAsync(sha256, file, Cancellation);
        clock.Advance(TimeSpan.FromMinutes(3));
        await place.CheckAsync(Cancellation);
        Assert.Equal((2, 2), (program.Starts, program.Rests));

        // What would keep it from coming again is told, and then it must prove itself.
        clock.Advance(TimeSpan.FromMinutes(2));
        program.Trouble = new ArtifactPlaceException(ArtifactPlaceFault.NoClaim, "there is no claim");
        Assert.Equal("there is no claim", (await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.CheckAsync(Cancellation))).Message);
        program.Trouble = null;
        await place.CheckAsync(Cancellation);
        Assert.Equal((3, 3), (program.Starts, program.Rests));
    }

    [Fact]
    public async Task A_full_disk_is_told_and_what_is_there_stays()
    {
        using var disk = new SmallDisk("1m");
        using var small = new StoreProcess(Path.Combine(disk.Path, "store"));
        using var there = new ClaimPlace(small, "artifact store small", clock);
        var (first, firstFile) = Write(300_000);
        var (large, largeFile) = Write(2 << 20, seed: 2);
        await there.PutAsync(first, firstFile, Cancellation);
        var full = await Assert.ThrowsAsync<ArtifactPlaceException>(() => there.PutAsync(large, largeFile, Cancellation));
        Assert.StartsWith("artifact store small: there is no room (", full.Message, StringComparison.Ordinal);
        Assert.Equal(ArtifactPlaceFault.NoSpace, full.Fault);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(disk.Path, "store", "tmp")));
        Assert.Same(full, await Assert.ThrowsAsync<ArtifactPlaceException>(() => there.CheckAsync(Cancellation)));
        clock.Advance(TimeSpan.FromMinutes(1));
        await there.CheckAsync(Cancellation);
        Assert.True(await there.HasAsync(first, Cancellation));
        Assert.False(await there.HasAsync(large, Cancellation));
    }

    [Fact]
    public async Task A_directory_that_is_none_is_told()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Root)!);
        await File.WriteAllTextAsync(Root, "", Cancellation);
        var fault = await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.CheckAsync(Cancellation));
        Assert.Equal(ArtifactPlaceFault.Failing, fault.Fault);
        Assert.StartsWith("artifact store team: ", fault.Message, StringComparison.Ordinal);
    }

    private (string Sha256, string File) Write(int size, int seed = 1)
    {
        var content = new byte[size];
        new Random(seed).NextBytes(content);
        var file = Path.Combine(directory, $"{seed}-{size}");
        File.WriteAllBytes(file, content);
        return (Convert.ToHexStringLower(SHA256.HashData(content)), file);
    }

    private async Task<byte[]> ReadAsync(string sha256)
    {
        await using var content = (await place.OpenAsync(sha256, Cancellation))!;
        var copy = new MemoryStream();
        await content.CopyToAsync(copy, Cancellation);
        return copy.ToArray();
    }

    private string PathOf(string sha256) => Path.Combine(Root, sha256[..2], sha256);

    private List<string> Leftovers() => Directory.Exists(Path.Combine(Root, "tmp")) ? [.. Directory.EnumerateFiles(Path.Combine(Root, "tmp"))] : [];

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
    }
}
