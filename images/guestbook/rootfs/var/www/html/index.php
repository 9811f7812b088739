<?php
// GET lists the entries and counts the visit, POST with `name` and `text` adds an entry. All answers are JSON.
declare(strict_types=1);

function env(string $name, string $default): string
{
    $value = getenv($name);
    return $value === false || $value === '' ? $default : $value;
}

function answer(int $status, array $content): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    exit(json_encode($content, JSON_THROW_ON_ERROR) . "\n");
}

try {
    $database = new PDO('pgsql:' . env('DATABASE', 'host=postgres;dbname=guestbook'), env('DATABASE_USER', 'guestbook'), env('DATABASE_PASSWORD', ''));
    $redis = new Redis(['host' => env('REDIS_HOST', 'redis'), 'connectTimeout' => 2.0]);
    // Two first visitors at once would both make it.
    $database->exec('SELECT pg_advisory_lock(1)');
    $database->exec('CREATE TABLE IF NOT EXISTS entries (id bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL, text text NOT NULL)');
    $database->exec('SELECT pg_advisory_unlock(1)');

    if ($_SERVER['REQUEST_METHOD'] === 'POST') {
        ['name' => $name, 'text' => $text] = $_POST + ['name' => '', 'text' => ''];
        if (!is_string($name) || !is_string($text) || $name === '' || $text === '') {
            answer(400, ['error' => 'name and text are needed']);
        }
        $database->prepare('INSERT INTO entries (name, text) VALUES (?, ?)')->execute([$name, $text]);
        answer(201, ['name' => $name, 'text' => $text]);
    }
    $entries = $database->query('SELECT name, text FROM entries ORDER BY id')->fetchAll(PDO::FETCH_ASSOC);
    answer(200, ['visits' => $redis->incr('visits'), 'https' => ($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https', 'entries' => $entries]);
} catch (PDOException | RedisException $error) {
    error_log($error->getMessage());
    answer(503, ['error' => 'the guestbook is closed for a moment']);
}
