using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.ApiServer.Audit;

namespace Slipway.ApiServer.Tests.Audit;

public sealed class AuditFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-audit-").FullName;
    private readonly FakeTimeProvider _clock = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private AuditFileOptions Options => new(Path.Combine(_directory, "audit.log")) { MaxBytes = 10, MaxFiles = 2, MaxAge = TimeSpan.FromDays(1) };

    private string[] Files => [.. Directory.EnumerateFiles(_directory).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void A_full_file_is_closed_and_the_oldest_go()
    {
        using var file = new AuditFile(Options, _clock);
        for (var i = 0; i < 4; i++)
        {
            file.Append(Encoding.UTF8.GetBytes($"line {i}\n"));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(["audit-2026-01-01T00-00-02.000.log", "audit-2026-01-01T00-00-03.000.log", "audit.log"], Files);
        Assert.Equal("line 3\n", File.ReadAllText(Options.Path));
    }

    [Fact]
    public void Files_that_have_been_closed_for_too_long_go()
    {
        using var file = new AuditFile(Options, _clock);
        file.Append("line 0\n"u8);
        file.Append("line 1\n"u8);
        _clock.Advance(TimeSpan.FromDays(2));
        file.Append("line 2\n"u8);
        Assert.Equal(["audit-2026-01-03T00-00-00.000.log", "audit.log"], Files);
    }

    [Fact]
    public void Without_limits_every_closed_file_is_kept()
    {
        using var file = new AuditFile(Options with { MaxFiles = 0, MaxAge = TimeSpan.Zero }, _clock);
        for (var i = 0; i < 4; i++)
        {
            file.Append(Encoding.UTF8.GetBytes($"line {i}\n"));
            _clock.Advance(TimeSpan.FromDays(100));
        }
        Assert.Equal(4, Files.Length);
    }

    [Fact]
    public void A_file_is_gone_on_with_after_a_restart()
    {
        using (var file = new AuditFile(Options, _clock)) file.Append("a\n"u8);
        using (var file = new AuditFile(Options, _clock)) file.Append("b\n"u8);
        Assert.Equal("a\nb\n", File.ReadAllText(Options.Path));
    }

    [Fact]
    public void A_file_that_somebody_has_emptied_begins_anew()
    {
        using var file = new AuditFile(Options, _clock);
        file.Append("a\n"u8);
        File.WriteAllText(Options.Path, "");
        file.Append("b\n"u8);
        Assert.Equal("b\n", File.ReadAllText(Options.Path));
    }

    [Fact]
    public void Only_the_owner_may_read_it()
    {
        using var file = new AuditFile(Options, _clock);
        file.Append("a\n"u8);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Options.Path));
    }

    [Fact]
    public async Task What_the_disk_refuses_is_counted_and_requests_go_on()
    {
        var log = new AuditLog(new AuditFileOptions("/dev/full"), _clock, NullLogger.Instance);
        log.Start();
        await log.AddAsync("a\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await log.DisposeAsync();
        Assert.Equal(1, log.Lost);
    }
}
