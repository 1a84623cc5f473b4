using System.Globalization;

namespace Slipway.ApiServer.Audit;

/// <summary>Where audit events are written, and how much is kept.</summary>
/// <param name="Path">The file that is written; older ones lie beside it, with the time at which they were closed in their names.</param>
public sealed record AuditFileOptions(string Path)
{
    /// <summary>A file is closed before it grows beyond this many bytes.</summary>
    public long MaxBytes { get; init; } = 100L << 20;

    /// <summary>How many closed files are kept; 0: all.</summary>
    public int MaxFiles { get; init; } = 10;

    /// <summary>How long closed files are kept; zero: for ever.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);
}

/// <summary>A file of lines that is renamed when it is full. For one writer.</summary>
internal sealed class AuditFile(AuditFileOptions options, TimeProvider clock) : IDisposable
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH-mm-ss.fff";

    private FileStream? _file;

    /// <summary>Appends bytes, which end a line, and hands them to the operating system.</summary>
    /// <exception cref="IOException">The disk refused them.</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        _file ??= Open();
        _file.Seek(0, SeekOrigin.End);   // who rotates logs may have emptied it
        if (_file.Length > 0 && _file.Length + lines.Length > options.MaxBytes) Rotate();
        _file.Write(lines);
        _file.Flush();
    }

    public void Dispose() => _file?.Dispose();

    private FileStream Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.Path))!);
        var file = new FileStream(options.Path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,   // batches are written whole
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        return file;
    }

    private void Rotate()
    {
        _file!.Dispose();
        _file = null;   // opened again if its move fails
        var now = clock.GetUtcNow();
        var (start, end) = NameParts();
        File.Move(options.Path, $"{start}{now.ToString(TimeFormat, CultureInfo.InvariantCulture)}{end}", overwrite: false);
        _file = Open();
        foreach (var old in Closed().OrderByDescending(f => f.Time).Where((f, i) => IsTooMuch(i) || IsTooOld(now - f.Time))) File.Delete(old.Path);
    }

    private bool IsTooMuch(int newer) => options.MaxFiles > 0 && newer >= options.MaxFiles;

    private bool IsTooOld(TimeSpan age) => options.MaxAge > TimeSpan.Zero && age > options.MaxAge;

    private IEnumerable<(string Path, DateTimeOffset Time)> Closed()
    {
        var (start, end) = NameParts();
        foreach (var path in Directory.EnumerateFiles(Path.GetDirectoryName(start)!, $"{Path.GetFileName(start)}*{end}"))
        {
            if (DateTimeOffset.TryParseExact(path.AsSpan(start.Length, path.Length - start.Length - end.Length), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                yield return (path, time);
        }
    }

    private (string Start, string End) NameParts()
    {
        var full = Path.GetFullPath(options.Path);
        var end = Path.GetExtension(full);
        return (full[..^end.Length] + "-", end);
    }
}
