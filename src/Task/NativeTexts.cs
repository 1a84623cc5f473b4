using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Wrapper;

/// <summary>A null-terminated array of C strings, as exec and spawn take arguments and environments.</summary>
internal sealed unsafe class NativeTexts : IDisposable
{
    private readonly byte** texts;
    private readonly int count;

    public NativeTexts(IReadOnlyList<byte[]> values)
    {
        count = values.Count;
        texts = (byte**)NativeMemory.AllocZeroed((nuint)count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < count; i++)
        {
            texts[i] = (byte*)NativeMemory.AllocZeroed((nuint)values[i].Length + 1);
            values[i].CopyTo(new Span<byte>(texts[i], values[i].Length));
        }
    }

    public NativeTexts(IEnumerable<string> values) : this([.. values.Select(Encoding.UTF8.GetBytes)])
    {
    }

    public byte** Pointer => texts;

    /// <summary>
    /// The null-terminated texts of a file in /proc, such as the environment this process was started with: byte by byte
    /// what it was given, whatever the encoding.
    /// </summary>
    public static NativeTexts FromProcess(string file)
    {
        var bytes = File.ReadAllBytes($"/proc/self/{file}");
        var values = new List<byte[]>();
        for (var start = 0; start < bytes.Length;)
        {
            var end = Array.IndexOf(bytes, (byte)0, start);
            if (end < 0)
                end = bytes.Length;
            values.Add(bytes[start..end]);
            start = end + 1;
        }

        return new NativeTexts(values);
    }

    public void Dispose()
    {
        for (var i = 0; i < count; i++)
            NativeMemory.Free(texts[i]);
        NativeMemory.Free(texts);
    }
}
