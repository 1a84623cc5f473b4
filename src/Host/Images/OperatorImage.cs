using System.Globalization;
using Slipway.Cli;
using Slipway.Node.Images;

namespace Slipway.Host.Images;

/// <summary>
/// The image of the operator and of its containers in the pods of tasks: this program with slipway-task beside it, the libraries of the system that it
/// loads, and nothing else: no shell, no packages.
/// </summary>
internal static class OperatorImage
{
    /// <summary>Its name where nothing else is asked for.</summary>
    public static string DefaultName => $"slipway.local/slipway:{ProductVersion.Slipway}";

    private const string Directory = "/usr/lib/slipway";

    /// <summary>Where <c>slipway-task</c> lies in it.</summary>
    public const string TaskProgram = $"{Directory}/slipway-task";

    // Neither root nor anybody of the node.
    private const string User = "65532:65532";

    // What the program needs of an install; DuckDB is for queries, which are not made there.
    private static readonly string[] Programs = ["slipway", "slipway-task"];
    private static readonly string[] OwnLibraries = ["libe_sqlite3.so"];

    // The loader and the C library, and OpenSSL, which is opened when the first connection is made.
    private static readonly string[] SystemLibraries = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libssl.so.3", "libcrypto.so.3"];

    /// <summary>Composes it for this program's architecture, and for those that are given.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="install">The install of this program.</param>
    /// <param name="given">Directories with <c>slipway</c> and <c>system</c>, by architecture.</param>
    /// <exception cref="CommandException">A file is missing.</exception>
    public static IReadOnlyList<OciImage> ComposeAll(string name, string install, IReadOnlyDictionary<OciArchitecture, string?> given) =>
    [
        .. given.Where(g => g.Value is not null || g.Key == OciArchive.OwnArchitecture).OrderBy(g => g.Key).Select(g => g.Value is { } directory
            ? Compose(name, Path.Combine(directory, "slipway"), Path.Combine(directory, "system"), g.Key)
            : Compose(name, install, "/", g.Key)),
    ];

    /// <summary>Composes it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="install">The install of the program.</param>
    /// <param name="system">The root of a system of the same architecture, with glibc and OpenSSL 3.</param>
    /// <param name="architecture">The architecture.</param>
    /// <exception cref="CommandException">A file is missing.</exception>
    public static OciImage Compose(string name, string install, string system, OciArchitecture architecture)
    {
        var (triplet, loader) = architecture switch
        {
            OciArchitecture.Arm64 => ("aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1"),
            _ => ("x86_64-linux-gnu", "/lib64/ld-linux-x86-64.so.2"),
        };
        var libraries = (string[])[Under(system, $"/usr/lib/{triplet}"), Under(system, $"/lib/{triplet}"), Under(system, "/usr/lib64"), Under(system, "/usr/lib")];
        return new(name)
        {
            Architecture = architecture,
            Files =
            [
                .. Programs.Select(program => OciFile.Program($"{Directory}/{program}", Required(Path.Combine(install, program)))),
                .. OwnLibraries.Select(library => OciFile.Program($"{Directory}/{library}", Required(Path.Combine(install, library)))),
                OciFile.Program(loader, Required(Under(system, loader))),
                .. SystemLibraries.Select(library => OciFile.Program($"/usr/lib/{triplet}/{library}", Find(libraries, library))),
                new("/etc/passwd", Text("root:x:0:0:root:/:/\nslipway:x:65532:65532:slipway:/:/\n")),
                new("/etc/group", Text("root:x:0:\nslipway:x:65532:\n")),
                new("/etc/nsswitch.conf", Text("passwd: files\ngroup: files\nhosts: files dns\n")),
            ],
            Links = [new("/usr/bin/slipway", $"{Directory}/slipway")],
            Directories = ["/tmp", OperatorDirectory],
            Entrypoint = ["slipway"],
            User = User,
        };
    }

    private const string OperatorDirectory = Commands.OperatorCommand.DefaultData;

    private static string Under(string system, string path) => Path.Combine(system, path.TrimStart('/'));

    private static string Find(IEnumerable<string> directories, string library) =>
        directories.Select(directory => Path.Combine(directory, library)).FirstOrDefault(File.Exists)
        ?? throw new CommandException(string.Create(CultureInfo.InvariantCulture, $"{library} is in none of {string.Join(", ", directories)}; install glibc and OpenSSL 3, or name the root of a system that has them"));

    private static string Required(string path) => File.Exists(path) ? path : throw new CommandException($"{path} is missing, which the image is made of");

    private static ReadOnlyMemory<byte> Text(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
