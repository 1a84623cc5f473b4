namespace Slipway.Host.Pki;

public sealed class EncryptionKeyFilesTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    private string[] Ids(DateTimeOffset now) => [.. EncryptionKeyFiles.Ensure(directory.Path, now).All.Select(k => k.Id)];

    [Fact]
    public void A_key_is_made_once_and_replaced_when_it_is_old()
    {
        Assert.Equal(["1"], Ids(Now));
        Assert.Equal(["1"], Ids(Now + EncryptionKeyFiles.KeyLife - TimeSpan.FromSeconds(1)));
        Assert.Equal(["2", "1"], Ids(Now + EncryptionKeyFiles.KeyLife));
    }

    [Fact]
    public void An_old_key_stays_until_the_new_one_has_been_in_use_for_a_while()
    {
        Ids(Now);
        EncryptionKeyFiles.Add(directory.Path, Now);
        EncryptionKeyFiles.RemoveOld(directory.Path, Now + EncryptionKeyFiles.Overlap - TimeSpan.FromSeconds(1));
        Assert.Equal(["2", "1"], Ids(Now));
        EncryptionKeyFiles.RemoveOld(directory.Path, Now + EncryptionKeyFiles.Overlap);
        Assert.Equal(["2"], Ids(Now));
    }

    [Fact]
    public void Keys_are_readable_by_their_owner_alone() =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(EncryptionKeyFiles.Add(directory.Path, Now)));

    [Fact]
    public void A_damaged_key_is_named_and_never_replaced()
    {
        var path = EncryptionKeyFiles.Add(directory.Path, Now);
        File.WriteAllText(path, "abc");
        Assert.StartsWith($"{path} is not a key", Assert.Throws<InvalidDataException>(() => Ids(File.GetLastWriteTimeUtc(path))).Message, StringComparison.Ordinal);
    }
}
