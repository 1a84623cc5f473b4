namespace Slipway.Host.Pki;

public sealed class ServiceAccountKeyFilesTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private IReadOnlyList<string> Ensure(DateTimeOffset now) => ServiceAccountKeyFiles.Ensure(_directory["."], now);

    [Fact]
    public void A_key_is_made_once_and_read_by_its_owner_alone()
    {
        var first = Assert.Single(Ensure(Now));
        Assert.Equal(first, Assert.Single(Ensure(Now.AddDays(300))));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["sa-1.key"]));
    }

    [Fact]
    public void A_new_key_signs_after_a_year_and_the_old_one_stays()
    {
        var old = Assert.Single(Ensure(Now));
        var keys = Ensure(Now + ServiceAccountKeyFiles.KeyLife);
        Assert.Equal(2, keys.Count);
        Assert.Equal(old, keys[1]);
        Assert.Equal(keys, Ensure(Now + ServiceAccountKeyFiles.KeyLife + TimeSpan.FromDays(1)));
    }

    [Theory]
    [InlineData("-----BEGIN PRIVATE")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nbm9uc2Vuc2U=\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYD54V/vp+54P9DXarYqx4MPcm+HKRIQzNasYSoRQHQ/6S6Ps8tpMcT+KvIIC8W/e9k0W7Cm72M1P9jU7SLf/vg==\n-----END PUBLIC KEY-----\n")]
    public void A_file_without_a_whole_private_key_is_passed_over(string text)
    {
        var old = Assert.Single(Ensure(Now));
        File.WriteAllText(_directory["sa-2.key"], text);
        var keys = Ensure(Now);
        Assert.Equal(2, keys.Count);
        Assert.Equal(old, keys[1]);
        Assert.True(File.Exists(_directory["sa-3.key"]));
    }
}
