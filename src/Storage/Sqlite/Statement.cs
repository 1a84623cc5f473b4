using System.Buffers;
using SQLitePCL;

namespace Slipway.Storage.Sqlite;

/// <summary>A prepared statement. Bind, step, read columns, reset. Parameters count from 1, columns from 0.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt handle) : IDisposable
{
    private const int StackBytes = 512;

    public Statement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, string text)
    {
        // Three bytes hold any UTF-16 unit.
        byte[]? rented = null;
        var buffer = text.Length * 3 <= StackBytes
            ? stackalloc byte[StackBytes]
            : (rented = ArrayPool<byte>.Shared.Rent(text.Length * 3));
        BindText(parameter, buffer[..KeyOrder.Utf8.GetBytes(text, buffer)]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <summary>Binds what sorts just after every key with a prefix.</summary>
    public Statement BindPrefixEnd(int parameter, string prefix)
    {
        var bytes = KeyOrder.Utf8.GetBytes(prefix);
        if (bytes.Length == 0)
            bytes = [0xFF];
        else
            bytes[^1]++; // no byte of UTF-8 is 0xFF
        BindText(parameter, bytes);
        return this;
    }

    public Statement Bind(int parameter, ReadOnlyMemory<byte>? value)
    {
        Check(value switch
        {
            null => raw.sqlite3_bind_null(handle, parameter),
            { Length: 0 } => raw.sqlite3_bind_zeroblob(handle, parameter, 0),
            { } bytes => raw.sqlite3_bind_blob(handle, parameter, bytes.Span),
        });
        return this;
    }

    /// <summary>Moves to the next row; false at the end.</summary>
    public bool Step() => raw.sqlite3_step(handle) switch
    {
        raw.SQLITE_ROW => true,
        raw.SQLITE_DONE => false,
        var code => throw Failed(code),
    };

    /// <summary>Runs a statement that gives no rows, and resets it.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    public void Reset() => raw.sqlite3_reset(handle);

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string();

    /// <summary>A copy of the column's bytes.</summary>
    public byte[] Blob(int column) => raw.sqlite3_column_blob(handle, column).ToArray();

    public void Dispose() => handle.Dispose();

    private void BindText(int parameter, ReadOnlySpan<byte> utf8) => Check(raw.sqlite3_bind_text(handle, parameter, utf8));

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            throw Failed(code);
    }

    private SqliteError Failed(int code)
    {
        var error = connection.Error(code);
        Reset();
        return error;
    }
}
